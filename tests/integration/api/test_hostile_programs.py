"""Whatever a program sends, the interface answers it and is no further impressed."""

from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from campaigns.store.store import Store
from tests.support.api_desk import Floor, app_of, asking, everything_of, token
from tests.support.hostile import ATTACKS, texts
from tests.support.hostile_entrances import programs


async def test_no_text_in_any_word_is_an_error_of_ours(store: Store, tmp_path: Path) -> None:
    await everything_of(store, "Acme", first=100, folder=tmp_path)
    app = app_of(store, recordings=tmp_path)
    app.state.floor = Floor()
    drawn: list[str] = []

    @settings(
        max_examples=15, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(texts())
    def draw(text: str) -> None:
        drawn.append(text)

    draw()
    async with asking(app) as api:
        api.base_url = "http://dialer"
        bearer = await token(store)
        for text in (*ATTACKS, *drawn):
            for said in await programs(api, bearer, text):
                assert said.status_code < 500, (text, said.request.url, said.text)
