"""The command table of the authority matrix."""

from chassis.commands.table import Aggregate, CommandRow
from services.finance.authority import access
from services.finance.authority.domain import authority_matrix

AUTHORITY_MATRICES = Aggregate(
    authority_matrix.AUTHORITY_MATRIX,
    path="authority-matrices",
    commands=[
        CommandRow("set", authority_matrix.SetAuthorityMatrix, access.SETS, creates=True, named=True),
        CommandRow("approve", authority_matrix.ApproveAuthorityMatrix, access.APPROVES),
        CommandRow("withdraw", authority_matrix.WithdrawAuthorityMatrix, access.SETS),
    ],
)
