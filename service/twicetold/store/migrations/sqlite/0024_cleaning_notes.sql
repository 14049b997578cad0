-- Cleaning anew has another number each time it begins, so that who began before leaves no story out of the later one.
ALTER TABLE uncleaned ADD COLUMN noted INTEGER NOT NULL DEFAULT 0;
