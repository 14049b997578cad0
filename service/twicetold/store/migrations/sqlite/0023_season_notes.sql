-- A season is noted anew for each change of its stories, so that who learned of it before takes away no later note.
ALTER TABLE unlearned ADD COLUMN noted INTEGER NOT NULL DEFAULT 0;
