"""An event's key is its place in the sequence. SQL only: a migration imports nothing of KARVO.

Nobody asks for an event by its uid, nor for those of one record: consumers read on from a sequence
number. Each index more is written with every event.
"""

SQL = """
ALTER TABLE "event" DROP COLUMN "id";
ALTER TABLE "event" ADD CONSTRAINT "event_pkey" PRIMARY KEY ("seq");
DROP INDEX "event_seq";
DROP INDEX "event_uid";
DROP INDEX "event_resource_resource_id_seq";
"""


def up(migrator: object, db: object) -> None:
    """Change them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
