"""Create the read model and the notebook of the chassis' tests."""

from alembic import op

revision = "counting_0001"
down_revision = None
branch_labels = ("counting",)
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE tallies (id uuid PRIMARY KEY, name text NOT NULL, total numeric NOT NULL, steps integer)")
    op.execute("CREATE TABLE notebook (line bigint GENERATED ALWAYS AS IDENTITY, stream text, number integer)")


def downgrade() -> None:
    raise NotImplementedError
