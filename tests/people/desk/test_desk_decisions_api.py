"""What awaits a decision on anybody's desk is theirs to decide: nobody is sent to what they may not do."""

from uuid import uuid4

from tests.people.cast import Cast, wanted_tool
from tests.people.seed import seeded
from tests.today import TODAY

# The command each of these waits for, with a body of the right form.
COMMANDS = {
    "approve the vacancy": ("vacancies", "approve", {}),
    "approve the tool": ("tools", "approve", {}),
    "acknowledge the receipt": ("tools", "acknowledge", {}),
    "assess yourself": ("performance-reviews", "assess-self", {"rating": "4", "statement": "Went well."}),
    "record the findings": ("disciplinary-cases", "record-findings", {"findings": "It was so."}),
    "agree to the plan": ("development-plans", "agree", {}),
    "accept the mentorship": ("mentorships", "accept", {}),
    "verify a degree": ("qualifications", "verify-degree", {"degree_id": str(uuid4())}),
    "assess a skill": ("qualifications", "assess-skill", {"skill": "ITMG", "level": 1, "effective_on": str(TODAY)}),
}


def ask_much(cast: Cast) -> None:
    """Leave something for many to decide."""
    ids = seeded(cast)
    position = cast.position("staff", cast.positions["manager"])
    cast.post(cast.as_person("manager"), "/vacancies", position_id=position, reason="More to do.")
    issued = cast.post(cast.as_person("senior"), "/tools", **wanted_tool(cast, "manager"))["id"]
    cast.post(cast.as_person("director"), f"/tools/{issued}/approve")
    cast.post(cast.hr, f"/tools/{issued}/issue", person_id=cast.persons["manager"])
    named = {"investigator_id": cast.persons["stranger"]}
    cast.post(cast.hr, f"/disciplinary-cases/{ids['disciplinary-cases']}/begin-investigation", **named)
    degree = {"degree_id": str(uuid4()), "title": "BSc", "field": "Physics", "institution": "Oslo", "year": 2001}
    junior, qualifications = cast.as_person("junior"), f"/qualifications/{ids['qualifications']}"
    cast.post(junior, f"{qualifications}/record-degree", **degree)
    asked = {"skill": "ITMG", "assessor_id": cast.persons["manager"]}
    cast.post(junior, f"{qualifications}/request-assessment", **asked)


def test_what_is_on_a_desk_may_be_done_by_the_person_whose_desk_it_is(cast: Cast) -> None:
    ask_much(cast)
    met = set()
    for name in cast.persons:
        client = cast.as_person(name)
        for item in client.get("/desk").json()["decisions"]:
            collection, command, body = COMMANDS[item["what"]]
            response = client.post(f"/{collection}/{item['id']}/{command}", json=body)
            assert response.status_code in (200, 409), (name, item, response.text)
            met.add(item["what"])
    assert met == COMMANDS.keys()
