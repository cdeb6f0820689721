"""The wiring of finance, and its entry: ``python -m services.finance.app migrate|api|worker|republish``."""

from pathlib import Path

from chassis.consumers.own_reactions import OwnReaction
from chassis.consumers.reactions import Reaction
from chassis.http.names import names_in
from chassis.messaging.sign_out_topic import SignOuts
from chassis.service.definition import Service, Source
from chassis.service.run import main
from contracts import finance, people, portfolio, reporting
from contracts.portfolio import initiatives, risks
from services.finance.authority.commands import AUTHORITY_MATRICES
from services.finance.budgets import views as budgets_views
from services.finance.budgets.commands import DIVISION_BUDGETS, FINANCE_POLICIES, PROJECT_BUDGETS
from services.finance.budgets.reactions import on_approved, on_ended
from services.finance.budgets.read_models import REFERENCE
from services.finance.checking import views as checking_views
from services.finance.closing import views as closing_views
from services.finance.closing.commands import YEAR_ENDS
from services.finance.currencies.commands import RATES
from services.finance.desk import views as desk
from services.finance.forecasts import views as forecast_views
from services.finance.forecasts.commands import FORECASTS
from services.finance.forecasts.reactions import on_policy
from services.finance.forecasts.read_models import EARNED_VALUE
from services.finance.funding import reactions as funding_reactions
from services.finance.funding import views as funding_views
from services.finance.funding.commands import BENEFIT_CONFIRMATIONS, CONTINGENCY_DRAWS, RESERVATIONS
from services.finance.funding.reactions import on_benefit_due, on_contingency_asked
from services.finance.income.commands import CHARGE_BACKS, INCOME_SOURCES
from services.finance.lineage import views as lineage_views
from services.finance.organisation.facts import is_out_of_office, stands_in
from services.finance.organisation.read_models import ORGANISATION, forget
from services.finance.savings import views as savings_views
from services.finance.savings.commands import SAVINGS_MEASURES
from services.finance.spending import views as spending_views
from services.finance.spending.commands import COMMITMENTS, EXPENSES, SPENDING_EXCEPTIONS
from services.finance.statements import views as statement_views

AGGREGATES = [
    FINANCE_POLICIES,
    AUTHORITY_MATRICES,
    DIVISION_BUDGETS,
    PROJECT_BUDGETS,
    COMMITMENTS,
    EXPENSES,
    SPENDING_EXCEPTIONS,
    CONTINGENCY_DRAWS,
    BENEFIT_CONFIRMATIONS,
    RESERVATIONS,
    SAVINGS_MEASURES,
    INCOME_SOURCES,
    CHARGE_BACKS,
    FORECASTS,
    RATES,
    YEAR_ENDS,
]

REACTIONS = [
    Reaction(portfolio.ProjectApproved, on_approved),
    Reaction(portfolio.ProjectClosed, on_ended),
    Reaction(portfolio.ProjectCancelled, on_ended),
    Reaction(risks.ContingencyAsked, on_contingency_asked),
    Reaction(initiatives.BenefitDue, on_benefit_due),
    Reaction(people.FundingAsked, funding_reactions.on_funding_asked),
    Reaction(people.VacancyFilled, funding_reactions.on_taken_up),
    Reaction(people.VacancyOpened, funding_reactions.on_opened_again),
    Reaction(people.VacancyCancelled, funding_reactions.on_given_up),
    Reaction(people.TrainingSessionDelivered, funding_reactions.on_taken_up),
    Reaction(people.TrainingSessionCancelled, funding_reactions.on_given_up),
    Reaction(people.ToolProvided, funding_reactions.on_taken_up),
    Reaction(people.ToolGivenUp, funding_reactions.on_given_up),
    Reaction(people.PersonLeft, funding_reactions.on_left),
    Reaction(people.LeavingWithdrawn, funding_reactions.on_stayed),
]
OWN_REACTIONS = [OwnReaction([finance.FinancePolicySet], on_policy)]

SERVICE = Service(
    name="finance",
    title="What does it cost, what does it bring?",
    topic=finance.TOPIC,
    events=finance.EVENTS,
    folder=Path(__file__).parent,
    aggregates=AGGREGATES,
    sources=[
        Source("portfolio", portfolio.TOPIC, portfolio.EVENTS),
        Source("people", people.TOPIC, people.EVENTS, people.KEYS_TOPIC),
    ],
    projections={"reference": [*REFERENCE, *ORGANISATION, EARNED_VALUE]},
    reactions=REACTIONS,
    own_reactions=OWN_REACTIONS,
    forget=forget,
    stands_in=stands_in,
    inactive=is_out_of_office,
    sign_outs=SignOuts("reporting", reporting.SIGN_OUTS_TOPIC),
    names={"person": names_in("known_persons")},
    gauges=funding_views.gauges,
    routers=lambda store, _shared, clock: [
        desk.router(store, clock),
        savings_views.router(store),
        statement_views.router(store),
        forecast_views.router(store, clock),
        spending_views.router(store, clock),
        funding_views.router(store, clock),
        budgets_views.router(store, clock),
        closing_views.router(store),
        lineage_views.router(store),
        checking_views.router(store),
    ],
)

if __name__ == "__main__":
    main(SERVICE)
