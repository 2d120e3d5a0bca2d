"""The local authority: REST by TLS as api.telnyx.com, for whoever trusts it, and for nobody else."""

import datetime
import ipaddress
import ssl
import stat
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from cryptography import x509

from telnyx_simulator.cli import cli
from telnyx_simulator.transports.authority import DAYS, Authority, make
from telnyx_simulator.transports.clock import wall_clock
from telnyx_simulator.transports.playground import playground
from telnyx_simulator.transports.server import free_port

BEARER = {"Authorization": "Bearer key"}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make(tmp_path / "ca", wall_clock().unix_ns())


async def test_rest_is_served_as_api_telnyx_com_to_who_trusts_the_authority(
    authority: Authority, tmp_path: Path
) -> None:
    port = free_port()
    async with playground(
        wall_clock(),
        port=0,
        seed=1,
        webhook_url=None,
        api_key=None,
        directory=tmp_path / "trace",
        header={"seed": 1, "scenario": None, "profile": None},
        log=lambda line: None,
        tls=(port, authority),
    ) as ground:
        # As behind an entry in the hosts file: the name is Telnyx's, the address ours.
        as_telnyx = {"headers": BEARER | {"Host": "api.telnyx.com"}, "extensions": {"sni_hostname": "api.telnyx.com"}}
        trusting = ssl.create_default_context(cafile=authority.certificate)
        async with httpx.AsyncClient(verify=trusting) as client:
            secure = await client.get(f"https://127.0.0.1:{port}/v2/balance", **as_telnyx)
            plain = await client.get(f"{ground.url}/v2/balance", headers=BEARER)
            assert (secure.status_code, secure.json()) == (200, plain.json())
        async with httpx.AsyncClient(verify=ssl.create_default_context()) as stranger:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await stranger.get(f"https://127.0.0.1:{port}/v2/balance", **as_telnyx)


def test_it_speaks_for_telnyx_and_this_machine_alone(authority: Authority) -> None:
    certificate = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = constraints.value.permitted_subtrees or []
    assert [one.value for one in permitted] == ["telnyx.com", "localhost", ipaddress.ip_network("127.0.0.0/8")]
    length = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert length == datetime.timedelta(days=DAYS, hours=1)


def test_only_the_servers_key_is_kept_and_only_its_owner_reads_it(authority: Authority) -> None:
    assert sorted(path.name for path in authority.folder.iterdir()) == [
        "api.telnyx.com-key.pem",
        "api.telnyx.com.pem",
        "ca.pem",
    ]
    assert stat.S_IMODE(authority.server_key.stat().st_mode) == 0o600


def test_the_command_makes_one_once(tmp_path: Path) -> None:
    folder = str(tmp_path / "mine")
    first = CliRunner().invoke(cli, ["ca", folder])
    assert first.exit_code == 0
    assert f"{folder}/ca.pem   to be trusted by the application" in first.output
    certificate = Authority(Path(folder)).certificate.read_bytes()
    again = CliRunner().invoke(cli, ["ca", folder])
    assert again.exit_code == 2
    assert "is there already; --force makes a new one" in again.output
    assert Authority(Path(folder)).certificate.read_bytes() == certificate
    assert CliRunner().invoke(cli, ["ca", folder, "--force"]).exit_code == 0
    assert Authority(Path(folder)).certificate.read_bytes() != certificate


def test_tls_without_an_authority_says_how_to_make_one(tmp_path: Path) -> None:
    refused = CliRunner().invoke(cli, ["serve", "--tls", str(tmp_path)])
    assert refused.exit_code == 2
    assert f"ca.pem is not there; make it: telnyx-sim ca {tmp_path}" in refused.output.replace("\n", " ").replace(
        "  ", " "
    )
