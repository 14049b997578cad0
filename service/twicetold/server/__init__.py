"""How HTTP is served and bounded: gunicorn, its workers, and what runs beside requests."""
