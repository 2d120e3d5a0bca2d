"""Operations on uploaded media."""

from typing import Any

from sdk_line import Line, case


@case("media.upload")
async def _upload(line: Line) -> Any:
    return await line.sdk.media.with_raw_response.upload(
        media_url="http://127.0.0.1:9/greeting.mp3", media_name="by url", ttl_secs=60
    )


@case("media.list")
async def _list(line: Line) -> Any:
    await line.uploaded("listed")
    return await line.sdk.media.with_raw_response.list(filter={"content_type": ["audio/wav", "audio/mpeg"]})


@case("media.retrieve")
async def _retrieve(line: Line) -> Any:
    return await line.sdk.media.with_raw_response.retrieve(await line.uploaded("retrieved"))


@case("media.update")
async def _update(line: Line) -> Any:
    return await line.sdk.media.with_raw_response.update(await line.uploaded("updated"), ttl_secs=7)


@case("media.delete")
async def _delete(line: Line) -> Any:
    return await line.sdk.media.with_raw_response.delete(await line.uploaded("deleted"))


@case("media.download")
async def _download(line: Line) -> Any:
    return await line.sdk.media.with_raw_response.download(await line.uploaded("downloaded"))
