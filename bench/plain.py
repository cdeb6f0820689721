"""The same command as everybody would first write it: FastAPI, one SQLAlchemy transaction for each request.

It does the same work: token, authority, load, the same decide, event, state, command record, the same answer.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.params import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from chassis.http.routes import resource
from chassis.http.security import Tokens
from portolan.issuer import AUDIENCE, ISSUER
from services.portfolio.projects import access as projects_access
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.domain.project.model import Project, ProjectFacts
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.projects.domain.project.work import ReportProgress

LOAD = text("SELECT version, published, state::text AS state FROM plain_states WHERE stream = :stream FOR UPDATE")
ADD = text(
    "INSERT INTO plain_events (stream, version, published, type, data, metadata, recorded_at)"
    " VALUES (:stream, :version, :published, :type, CAST(:data AS json), CAST(:metadata AS json), :at)"
)
CHANGE = text(
    "UPDATE plain_states SET version = :version, published = :published, state = CAST(:state AS jsonb),"
    " changed_at = :at WHERE stream = :stream"
)
REMEMBER = text("INSERT INTO plain_commands VALUES (:id, :stream, :version, :at)")
TABLES = """
CREATE TABLE plain_events (position bigserial PRIMARY KEY, stream text NOT NULL, version integer NOT NULL,
    published integer, type text NOT NULL, data json NOT NULL, metadata json NOT NULL, recorded_at timestamptz NOT NULL,
    UNIQUE (stream, version));
CREATE TABLE plain_states AS SELECT * FROM states;
ALTER TABLE plain_states ADD PRIMARY KEY (stream);
CREATE TABLE plain_commands (id uuid PRIMARY KEY, stream text NOT NULL, version integer NOT NULL,
    recorded_at timestamptz NOT NULL);
"""
Model: Any = resource(PROJECTS)


def make_app(url: str, jwks_url: str) -> FastAPI:
    """The application."""
    engine: AsyncEngine = create_async_engine(url, pool_size=16, max_overflow=0)
    tokens = Tokens(jwks_url, ISSUER, AUDIENCE)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    bearer = HTTPBearer()

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {}

    @app.post("/projects/{id}/report-progress", response_model=Model)
    async def report_progress(
        id: UUID,
        command: ReportProgress,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    ) -> Any:
        actor = await tokens.actor(credentials.credentials)
        facts = ProjectFacts(actor=actor, at=datetime.now(UTC), id=id)
        stream = PROJECT.stream(id)
        async with engine.begin() as connection:
            row = (await connection.execute(LOAD, {"stream": stream})).one_or_none()
            if row is None:
                raise HTTPException(404)
            state = Project.model_validate_json(row.state)
            if not projects_access.ANSWERS.holds(facts, state, command):
                raise HTTPException(403)
            events = PROJECT.decide(state, command, facts)
            version, published = row.version, row.published
            for event in events:
                version, published = version + 1, published + 1
                state = PROJECT.evolve(state, event)
                parameters = {
                    "stream": stream,
                    "version": version,
                    "published": published,
                    "type": type(event).__name__,
                    "data": event.model_dump_json(),
                    "metadata": f'{{"id": "{uuid4()}", "command_id": "{uuid4()}", "actor": "{actor.id}"}}',
                    "at": facts.at,
                }
                await connection.execute(ADD, parameters)
            change = {"stream": stream, "version": version, "published": published, "at": facts.at}
            await connection.execute(CHANGE, change | {"state": state.model_dump_json()})
            await connection.execute(REMEMBER, {"id": uuid4(), "stream": stream, "version": version, "at": facts.at})
        return Model.model_construct(
            **state.__dict__, id=id, stream=stream, version=version, published_number=published
        )

    return app


if __name__ == "__main__":
    application = make_app(os.environ["PLAIN_DATABASE_URL"], os.environ["PORTOLAN_JWKS_URL"])
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
