"""Configuration as code: templates at the first boot and on demand, drift that is shown, corrections where wanted."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import trio

from actors.chargers import configuring, errands
from actors.upkeep import job, ticking
from api import server, views
from api.resources import jobs as job_views
from api.resources import templates as resource
from csms.storage.reference import jobs as table
from tests.actors.node import until
from tests.api import answers, station
from tests.api.station import Station

TEMPLATES = "/api/v1/templates"
CP_01 = "/api/v1/chargers/CP-01"
PATIENCE = 20


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticking, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(errands, "CONFIGURE_SECONDS", 0)


class Settings:
    """The configuration keys of a charger."""

    def __init__(self, **values: str) -> None:
        self.values = {"HeartbeatInterval": "900", "MeterValueSampleInterval": "60", **values}
        self.refused: set[str] = set()
        self.written: list[tuple[str, str]] = []

    def read(self, _: dict[str, Any]) -> dict[str, Any]:
        entries = [{"key": key, "readonly": False, "value": value} for key, value in self.values.items()]
        return {"configurationKey": entries}

    def write(self, payload: dict[str, Any]) -> dict[str, Any]:
        self.written.append((payload["key"], payload["value"]))
        if payload["key"] in self.refused:
            return {"status": "Rejected"}
        self.values[payload["key"]] = payload["value"]
        return {"status": "Accepted"}


class Deaf(Settings):
    """Of a charger that says nothing to the first settings that it is sent."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.deaf_for = count

    def write(self, payload: dict[str, Any]) -> Any:
        answer = super().write(payload)
        return answer if len(self.written) > self.deaf_for else None


class Site:
    """A server with the charger CP-01."""

    def __init__(self, serving: server.Serving, admin: httpx.AsyncClient, nursery: trio.Nursery) -> None:
        self.serving, self.admin, self.nursery = serving, admin, nursery
        self.settings = Settings()
        self.charger: Station

    async def boot(self) -> None:
        """Connect CP-01 and boot it; what it is asked first is answered."""
        self.charger = await self.nursery.start(station.run, f"{self.serving.ocpp}/CP-01")
        self.charger.answers |= {"GetConfiguration": self.settings.read, "ChangeConfiguration": self.settings.write}
        await self.charger.boot()

    async def template(self, **fields: Any) -> str:
        body = {"name": "test", "settings": {"HeartbeatInterval": "300"}, **fields}
        return answers.converted(await self.admin.post(TEMPLATES, json=body), resource.Template).id

    async def apply(self, template_id: str, **how: Any) -> resource.Applied:
        answer = await self.admin.post(f"{TEMPLATES}/{template_id}/apply", json=how)
        return answers.converted(answer, resource.Applied)

    async def drift(self) -> list[tuple[str, str, str | None, str]]:
        found = answers.converted(await self.admin.get(f"{CP_01}/drift"), resource.Drift)
        return [(each.key, each.wanted, each.found, each.status) for each in found.differences]

    async def jobs(self, kind: str, count: int = 1) -> list[job_views.Job]:
        """Wait until so many jobs of a kind have ended."""
        with trio.fail_after(PATIENCE):
            while True:
                page = answers.converted(await self.admin.get("/api/v1/jobs"), views.paged(job_views.Job))
                over = [each for each in page.items if each.kind == kind and each.status != "running"]
                if len(over) == count:
                    return over

    async def parts(self, job_id: str) -> list[job_views.JobCharger]:
        answer = await self.admin.get(f"/api/v1/jobs/{job_id}/chargers")
        return list(answers.converted(answer, views.paged(job_views.JobCharger)).items)

    async def looked_at(self) -> None:
        """Wait until everybody who has told a configuration was looked at: before the second answer at the latest."""
        ref = self.serving.node.system.registry.lookup("background/configuring", configuring.Configuring)
        assert ref is not None
        for _ in range(2):
            await ref.call(configuring.Configuring.on_described, "nobody")

    async def configured(self) -> None:
        """Wait until CP-01 has told its configuration and its first boot is over."""
        with trio.fail_after(PATIENCE):
            while not await self.serving.node.read(_is_configured):
                pass


def _is_configured(conn: Any) -> bool:
    return conn.execute("SELECT 1 FROM configured").fetchone() is not None


@pytest.fixture
async def site(serving: server.Serving, admin: httpx.AsyncClient, nursery: trio.Nursery) -> Site:
    (await admin.post("/api/v1/chargers", json={"id": "CP-01"})).raise_for_status()
    return Site(serving, admin, nursery)


async def test_a_charger_gets_its_templates_at_its_first_boot_and_only_then(site: Site) -> None:
    await site.template(settings={"HeartbeatInterval": "300", "MeterValueSampleInterval": "60"})
    await site.template(match={"vendor": "acme"}, settings={"HeartbeatInterval": "120", "A.Variable": "of 2.x"})
    await site.boot()
    [done] = await site.jobs("first-boot")
    assert (done.created_by, done.counts.done) == ("system", 1)
    [part] = await site.parts(done.id)
    assert [(each.key, each.value, each.status) for each in part.results] == [("HeartbeatInterval", "120", "accepted")]
    assert await site.drift() == []
    await site.template(match={"charger_ids": ["CP-01"]}, settings={"HeartbeatInterval": "30"})
    await site.charger.boot()
    (await site.admin.post(f"{CP_01}/commands/get-configuration")).raise_for_status()
    assert await site.drift() == [("HeartbeatInterval", "30", "120", "differs")]
    assert [value for key, value in site.settings.written if key == "HeartbeatInterval"] == ["120"]


async def test_a_template_is_tried_and_then_applied_to_those_that_differ(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.boot()
    await site.configured()
    made = await site.template(settings={"HeartbeatInterval": "300", "Unknown": "x"})
    expected = [("HeartbeatInterval", "300", "900", "differs"), ("Unknown", "x", None, "unknown")]
    assert await site.drift() == expected
    assert "HeartbeatInterval: 900, wanted 300" in (await site.admin.get("/chargers/CP-01")).text
    page = await site.admin.get(f"{TEMPLATES}/{made}/drift")
    [drift] = answers.converted(page, views.paged(resource.Drift)).items
    assert [each.key for each in drift.differences] == ["HeartbeatInterval", "Unknown"]
    tried = await site.apply(made, dry_run=True)
    assert tried.job is None
    assert [each.charger_id for each in tried.chargers] == ["CP-01"]
    monkeypatch.setattr(resource, "SHOWN", 0)
    assert (tried.count, (await site.apply(made, dry_run=True)).chargers) == (1, []), (
        "a fleet is not told in one answer"
    )
    assert site.settings.written == []
    site.settings.refused.add("Unknown")
    began = await site.apply(made, charger_ids=["cp-01"])
    assert began.job is not None
    [done] = await site.jobs("apply")
    assert (done.id, done.template_id, done.counts.failed) == (began.job.id, made, 1)
    [part] = await site.parts(done.id)
    assert [(each.key, each.status) for each in part.results] == [
        ("HeartbeatInterval", "accepted"),
        ("Unknown", "rejected"),
    ]
    assert [each[0] for each in await site.drift()] == ["Unknown"]


async def test_a_charger_that_is_away_has_its_turn_when_it_is_back_within_a_day(site: Site) -> None:
    await site.boot()
    await site.configured()
    made = await site.template()
    await site.charger.close()
    one = (await site.apply(made)).job
    assert one is not None
    cancelled = await site.admin.post(f"/api/v1/jobs/{one.id}/cancel")
    assert answers.converted(cancelled, job_views.Job).counts.skipped == 1
    answers.problem(await site.admin.post(f"/api/v1/jobs/{one.id}/cancel"), 422)
    two = (await site.apply(made)).job
    assert two is not None
    await site.serving.node.jobs.stop_child(two.id)  # as a restart of the server
    await job.wake_all(site.serving.node.services)
    await site.boot()
    assert [each.counts.done for each in await site.jobs("apply", 2)] == [1, 0]
    assert site.settings.written == [("HeartbeatInterval", "300")]
    await site.charger.close()
    await site.apply(await site.template(settings={"HeartbeatInterval": "60"}))
    later = site.serving.node.services.now() + job.PATIENCE
    site.serving.node.services.now = lambda: later
    given_up = (await site.jobs("apply", 3))[0]
    assert [each.status for each in (await site.parts(given_up.id))[0].results] == ["offline"]


@pytest.mark.parametrize(("losses", "status"), [(job.LOSSES - 1, "accepted"), (job.LOSSES, "no_answer")])
async def test_a_link_that_is_lost_over_a_setting_is_a_turn_lost_a_few_times(
    site: Site, losses: int, status: str
) -> None:
    site.settings = Deaf(losses)
    await site.boot()
    await site.configured()
    await site.apply(await site.template())
    for count in range(1, losses + 1):
        await until(lambda: len(site.settings.written) >= count)  # noqa: B023 - it is over before the next
        await site.charger.close()
        await site.boot()
    [ended] = await site.jobs("apply")
    [part] = await site.parts(ended.id)
    assert [each.status for each in part.results] == [status]


async def test_only_a_template_that_enforces_corrects_a_charger_and_not_for_ever(site: Site) -> None:
    await site.boot()
    await site.configured()
    await site.template(settings={"HeartbeatInterval": "300"}, enforce=True)
    await site.template(settings={"MeterValueSampleInterval": "30"})
    await site.charger.boot()
    [corrected] = await site.jobs("enforce")
    assert corrected.counts.done == 1
    assert site.settings.written == [("HeartbeatInterval", "300")]
    services = site.serving.node.services
    began = services.now()
    for minutes, corrections in ((59, 1), (61, 2)):
        services.now = partial(datetime.__add__, began, timedelta(minutes=minutes))
        site.settings.values["HeartbeatInterval"] = "900"  # somebody at the charger
        (await site.admin.post(f"{CP_01}/commands/get-configuration")).raise_for_status()
        await site.charger.boot()
        assert "MeterValueSampleInterval" in [each[0] for each in await site.drift()]
        await site.looked_at()
        assert len(await site.jobs("enforce", corrections)) == corrections
        assert site.settings.written == [("HeartbeatInterval", "300")] * corrections


WRONG: list[dict[str, Any]] = [
    {"settings": {}},
    {"settings": {"AuthorizationKey": "secret"}},
    {"settings": {"SecurityCtrlr.BasicAuthPassword": "secret"}},
    {"settings": {"NetworkConfiguration.VpnKey": "secret"}},
    {"settings": {"ApnPassword": "secret"}},
    {"settings": {"A": "x" * 2501}},
    {"match": {"colour": "red"}},
    {"name": ""},
]


async def test_a_template_lives_from_post_to_delete(site: Site) -> None:
    for wrong in WRONG:
        answer = await site.admin.post(TEMPLATES, json={"name": "n", "settings": {"A": "1"}, **wrong})
        assert answer.status_code in (400, 422), answer.text
    made = await site.template()
    tag = (await site.admin.get(f"{TEMPLATES}/{made}")).headers["ETag"]
    changed = await site.admin.patch(f"{TEMPLATES}/{made}", json={"enforce": True}, headers={"If-Match": tag})
    assert answers.converted(changed, resource.Template).enforce
    answers.problem(await site.admin.patch(f"{TEMPLATES}/{made}", json={"name": "x"}, headers={"If-Match": tag}), 412)
    listed = answers.converted(await site.admin.get(TEMPLATES), views.paged(resource.Template))
    assert [each.id for each in listed.items] == [made]
    problem = answers.problem(await site.admin.post(f"{TEMPLATES}/{made}/apply", json={"charger_ids": ["NO"]}), 422)
    assert "NO" in problem["detail"]
    assert (await site.admin.delete(f"{TEMPLATES}/{made}")).status_code == 204
    answers.problem(await site.admin.get(f"{TEMPLATES}/{made}/drift"), 404)


def test_a_jobs_words_are_those_of_its_rows() -> None:
    assert {table.WAITING, table.DONE, table.FAILED, table.SKIPPED} == set(job_views.JobCounts.__struct_fields__)
