"""Forms of secrets outside the trading world, in groups, from a seed.

Every third form of a group is held back: the rules were written without looking at it, so its
score at first contact says what to expect from unknown forms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.support.masking.form_values import (
    CHINESE,
    ENGLISH,
    JAPANESE,
    KOREAN,
    SPANISH,
    api_key,
    base64_lines,
    bech32,
    byte_list,
    checked,
    hex_key,
    password,
    words_of,
)
from tests.support.masking.maker import Maker


class Form(NamedTuple):
    """One text with a secret."""

    group: str
    template: str
    text: str
    secrets: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def is_held_back(self) -> bool:
        digest = hashlib.sha256(f"{self.group}{self.template}".encode()).digest()
        return digest[0] % 3 == 0


W = "wallets"
GROUPS: dict[str, list[tuple[str, Callable[[Maker], str]]]] = {
    W: [
        ("PK=0x{v} SYMBOL=BTC", hex_key),
        ("pk: {v}", hex_key),
        ("EVM_PK=0x{v}", hex_key),
        ("private key (hex) {v}", hex_key),
        ("private key (hex): {v}", hex_key),
        ("privateKey (base58) {v}", lambda m: m.b58(88)),
        ("Account.from_key(HexBytes('0x{v}'))", hex_key),
        ('from_key(HexBytes("0x{v}"))', hex_key),
        ("HexBytes('0x{v}') in from_key", hex_key),
        ("secretKey: Uint8Array(64) [ {v} ]", byte_list),
        ("secretKey: Uint8Array(64) [\n  {v}\n]", byte_list),
        ("Keypair {{ _keypair: {{ secretKey: Uint8Array(64) [{v}] }} }}", byte_list),
        ("solana keypair [{v}]", byte_list),
        ("wallet secret key bytes: [{v}]", byte_list),
        ("from_bytes([{v}])", byte_list),
        ("mnemonic: {v}", words_of(ENGLISH)),
        ("imported wallet {v} ok", words_of(ENGLISH)),
        ("{v}", words_of(ENGLISH)),
        ("restored from '{v}'", words_of(ENGLISH)),
        ('seed="{v}"', words_of(ENGLISH)),
        ("{v}", words_of(SPANISH)),
        ("frase: {v}", words_of(SPANISH)),
        ("{v}", words_of(JAPANESE)),
        ("seed phrase {v}", words_of(KOREAN)),
        ("wallet {v}", words_of(KOREAN)),
        ("助记词：{v}", words_of(CHINESE)),
        ("{v}", checked(b"\x04\x88\xad\xe4" + b"\x00" * 9, 65)),
        ("xprv {v} derived", checked(b"\x04\x88\xad\xe4" + b"\x01" * 9, 65)),
        ("key {v} imported", checked(b"\x80", 32)),
        ("import {v}", checked(b"\xef", 33)),
        ("bip38 {v}", lambda m: "6P" + m.b58(56)),
        ("encrypted {v} key", lambda m: "6P" + m.b58(56)),
        ("suiprivkey1{v}", bech32),
        ("sui key suiprivkey1{v} loaded", bech32),
        ("xrp seed sEd{v}", lambda m: m.b58(28)),
        ("sEd{v}", lambda m: m.b58(28)),
        ("XRPL wallet from seed s{v}", lambda m: m.b58(28)),
        ("nsec1{v}", bech32),
        ("AGE-SECRET-KEY-1{v}", lambda m: m.of("023456789ACDEFGHJKLMNPQRSTUVWXYZ", 58)),
        ("Wallet(private_key={v})", hex_key),
        ("new ethers.Wallet('{v}', provider)", hex_key),
        ("--private-key 0x{v} --rpc-url http://x", hex_key),
        ("cast send --private-key {v}", hex_key),
        ("signer = 0x{v} # deployer pk", hex_key),
        ("deployer_pk: 0x{v}", hex_key),
        ("web3.eth.account.from_key('{v}')", hex_key),
        ("PrivateKey({v})", hex_key),
        ("priv={v}", hex_key),
        ("sk={v} pk2=1", hex_key),
        ("ed25519_sk: {v}", hex_key),
        ("keystore password: {v}", password),
        ("S{v} stellar", lambda m: m.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 55)),
        ("cosmos privkey {v}", hex_key),
        ("privkey hex {v}", hex_key),
        ("tron private key = {v}", hex_key),
        ("aptos ed25519-priv-0x{v}", hex_key),
        ("secp256k1-priv-0x{v}", hex_key),
    ],
    "apart": [
        ('argv=["--api-secret", "{v}"]', api_key),
        ("argv: ['bot.py', '--api-key', '{v}', '--live']", api_key),
        ("sys.argv = ['x', '-p', '3', '--token', '{v}']", api_key),
        ("api_key       {v}\nsymbol        BTCUSDT\ndtype: object", api_key),
        ("symbol    BTCUSDT\napi_secret    {v}\ndtype: object", api_key),
        ("                value\nname                 \napi_secret  {v}\nsymbol      BTC", api_key),
        ("api_secret  | {v}\nsymbol      | BTC", api_key),
        ("| api_secret | {v} |\n| symbol | BTC |", api_key),
        ("│ api_secret ┆ {v} │\n│ symbol     ┆ BTC │", api_key),
        ("name=api_secret value={v}", api_key),
        ('{{"key": "api_secret", "val": "{v}"}}', api_key),
        ("{{'Name': '/bot/api_secret', 'Value': '{v}'}}", api_key),
        ("{{'Key': 'binance/api_key', 'Type': 'SecureString', 'Value': '{v}'}}", api_key),
        ('{{"field": "password", "data": "{v}"}}', api_key),
        ("[{{'loc': ('api_secret',), 'msg': 'too short', 'input': '{v}'}}]", api_key),
        (
            "{{'type': 'string_type', 'loc': ('db', 'password'), 'input': '{v}', 'url': 'x'}}",
            api_key,
        ),
        ('auth=["trader", "{v}"]', password),
        ("auth=('trader', '{v}')", password),
        ("requests.get(url, auth=('bot', '{v}'))", password),
        ("API_SECRET\t{v}", api_key),
        ("api_secret .......... {v}", api_key),
        ("api_secret    = {v}", api_key),
        ("Api Secret          : {v}", api_key),
        ("name        value\napi_key     {v}\nsymbol      BTC", api_key),
        ("shape: (2,)\nSeries: 'api_secret' [str]\n[\n\t\"{v}\"\n]", api_key),
        ("setattr(self, 'api_secret', '{v}')", api_key),
        ("os.putenv('API_SECRET', '{v}')", api_key),
        ("('api_secret', 'okx', '{v}')", api_key),
        ('{{"id": "password", "value": "{v}"}}', password),
        ("<input name='api_secret' value='{v}'>", api_key),
        ("{{name:'apiSecret',value:'{v}'}}", api_key),
        ("label: API secret, content: {v}", api_key),
        ("param api_secret given as {v}", api_key),
        ("HSET bot api_secret {v}", api_key),
        ("SET bot:api_secret {v}", api_key),
        ("config set api_secret {v}", api_key),
        ("kv put secret/bot api_key={v}", api_key),
        ("setex session_token 60 {v}", api_key),
    ],
    "lines": [
        ("api_secret: |\n  {v}\nsymbol: BTC", api_key),
        ("api_secret: >\n  {v}\nsymbol: BTC", api_key),
        ("api_secret: >-\n  {v}", api_key),
        ("api_secret: !vault |\n  {v}", api_key),
        ("key: !!binary |\n  {v}", base64_lines),
        ("private_key: !!binary |\n  {v}", lambda m: m.b64(90)),
        ("API_SECRET=\\\n{v}", api_key),
        ("export API_SECRET=\\\n  {v}", api_key),
        ("curl -H \\\n  'X-API-KEY: {v}' \\\n  https://x", api_key),
        ('["api_secret"]=>\n  string(40) "{v}"', api_key),
        ("[api_secret] => {v}", api_key),
        ("'api_secret' =>\n    '{v}',", api_key),
        ('Config {{\n    api_secret: "{v}",\n    symbol: "BTC",\n}}', api_key),
        ('api_secret: Some(\n        "{v}",\n    ),', api_key),
        ("tls.key: {v}", base64_lines),
        ("ca={v}", base64_lines),
        ("LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t{v}", lambda m: m.b64(90)),
        ('{{"kty":"EC","crv":"P-256","x":"abc","d":"{v}"}}', lambda m: m.b64url(43)),
        ('{{"kty":"oct","k":"{v}"}}', lambda m: m.b64url(43)),
        ('{{"kty":"RSA","n":"xx","e":"AQAB","d":"{v}"}}', lambda m: m.b64url(86)),
        (
            "PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n{v}\nPrivate-MAC: 12",
            lambda m: m.b64(36),
        ),
        ("Private-Lines: 1\n{v}\n", lambda m: m.b64(36)),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n{v}", lambda m: m.b64(90)),
        ('api_secret =\n    "{v}"', api_key),
        ("<apiSecret>\n  {v}\n</apiSecret>", api_key),
        ("api_secret:\r\n  {v}\r\n", api_key),
        ("password: |-\n    {v}\nuser: x", password),
        ("secret = '''\n{v}\n'''", api_key),
        ('secret = """\n{v}\n"""', api_key),
        ("api_secret\n{v}\n", api_key),
        ("API Secret:\n{v}", api_key),
    ],
    "protocols": [
        ('1699 [0 127.0.0.1:5] "AUTH" "{v}"', password),
        ('1699 [0 127.0.0.1:5] "AUTH" "bot" "{v}"', password),
        ("requirepass {v}", password),
        ("masterauth {v}", password),
        ('"CONFIG" "SET" "requirepass" "{v}"', password),
        ("a1 LOGIN bot@x.com {v}", password),
        ('A001 LOGIN "bot" "{v}"', password),
        ("PASS {v}\r\n", password),
        ("USER bot\r\nPASS {v}\r\n", password),
        ("AUTH LOGIN\r\n{v}\r\n", lambda m: m.b64(18)),
        ("AUTH PLAIN {v}", lambda m: m.b64(24)),
        ("> AUTH CRAM-MD5 {v}", lambda m: m.b64(24)),
        ("8=FIX.4.4 | 35=A | 554={v} | 108=30", password),
        ("8=FIX.4.4|9=1|553=bot|554={v}|10=1|", password),
        ("[(8, 'FIX.4.4'), (554, '{v}')]", password),
        ("{{35: 'A', 554: '{v}'}}", password),
        ("RawData(96)={v}", api_key),
        ("8=FIX.4.4|35=A|95=64|96={v}|10=1|", api_key),
        ('Authorization: Digest username="bot", realm="sip", response="{v}"', lambda m: m.hex(32)),
        ("curl --cert client.pem:{v} https://x", password),
        ("curl -E cert.p12:{v} https://x", password),
        ("curl --proxy-user bot:{v} https://x", password),
        ("curl -u bot:{v} https://x", password),
        ("unzip -P {v} a.zip", password),
        ("zip -P {v} a.zip f", password),
        ("7z x -p{v} a.7z", password),
        ("rar x -hp{v} a.rar", password),
        ("keytool -genkey -storepass {v} -alias x", password),
        ("keytool -keypass {v}", password),
        ("ssh-keygen -t ed25519 -N {v} -f x", password),
        ("ssh-keygen -t rsa -N '{v}'", password),
        ("az login --service-principal -u app -p {v} --tenant t", password),
        ("docker login -u bot -p {v} reg", password),
        ("openssl rsa -passin pass:{v}", password),
        ("openssl enc -k {v} -aes256", password),
        ("gpg --passphrase {v} -d x", password),
        ("htpasswd -b f bot {v}", password),
        ("mysql -ubot -p{v} db", password),
        ("PGPASSWORD={v} psql", password),
        ("sshpass -p{v} ssh x", password),
        ("ftp://bot:{v}@host/x", password),
        ("/callback?code={v}&state=x", api_key),
        ("grant_type=authorization_code&code={v}", api_key),
        ("code_verifier={v}&client_id=x", api_key),
        ("device_code={v}", api_key),
        ("client_assertion={v}", api_key),
        ("bot:{v}@tcp(db:3306)/trades", password),
        ("bot:{v}@unix(/tmp/x.sock)/t", password),
        ("sqlplus bot/{v}@//db:1521/x", password),
        ("bot/{v}@//db", password),
        ("Server=x;User Id=bot;Password={v};", password),
        ("wss://x.io/ws?listenKey={v}", api_key),
        ("https://mainnet.infura.io/v3/{v}", lambda m: m.hex(32)),
        ("https://eth-mainnet.g.alchemy.com/v2/{v}", lambda m: m.b64url(32)),
        ("https://x.solana-mainnet.quiknode.pro/{v}/", lambda m: m.hex(40)),
        ("https://mainnet.helius-rpc.com/?api-key={v}", lambda m: m.uuid()),
        ("https://rpc.ankr.com/eth/{v}", lambda m: m.hex(64)),
        ("https://lb.drpc.org/ogrpc?network=eth&dkey={v}", lambda m: m.b64url(44)),
        ("https://go.getblock.io/{v}", lambda m: m.hex(32)),
        ("https://bsc.nodereal.io/v1/{v}", lambda m: m.hex(32)),
        ("https://nd-123-456-789.p2pify.com/{v}", lambda m: m.hex(32)),
        ("https://polygon-mainnet.blastapi.io/{v}", lambda m: m.uuid()),
        ("https://ntfy.sh/{v}", lambda m: m.b62(24)),
        ("https://api.day.app/{v}/title", lambda m: m.b62(22)),
        ("https://hc-ping.com/{v}", lambda m: m.uuid()),
        ("https://maker.ifttt.com/trigger/x/with/key/{v}", lambda m: m.b62(22)),
        ("https://sctapi.ftqq.com/{v}.send", lambda m: "SCT" + m.b62(30)),
        ("https://oapi.dingtalk.com/robot/send?access_token={v}", lambda m: m.hex(64)),
        (
            "https://chat.googleapis.com/v1/spaces/A/messages?key=x&token={v}",
            lambda m: m.b64url(43),
        ),
        ("https://outlook.office.com/webhook/{v}", lambda m: m.uuid() + "@" + m.uuid()),
        ("https://hook.eu1.make.com/{v}", lambda m: m.b62(32).lower()),
        ("https://discord.com/api/webhooks/123456789012345678/{v}", lambda m: m.b64url(68)),
        ("https://tatum.io/v3/x?apikey={v}", lambda m: m.uuid()),
    ],
}

NEIGHBOURS: list[tuple[str, Callable[[Maker], str], str]] = [
    (
        "redis-cli -u redis://user:{v}@cache.example.com:6379 ping",
        password,
        "cache.example.com:6379",
    ),
    ("git clone https://oauth2:{v}@gitlab.example.com/x.git", api_key, "gitlab.example.com/x.git"),
    (
        "{{'Credentials': {{'SecretAccessKey': '{v}', 'Expiration': '2026-11-21T02:00:00Z'}}}}",
        api_key,
        "2026-11-21T02:00:00Z",
    ),
    ("API_KEY={v}:SYMBOL=BTC", api_key, "SYMBOL=BTC"),
    ('declare -A c=([api_key]="{v}" [symbol]="BTC")', api_key, '[symbol]="BTC"'),
    ('api_key: Just "{v}", symbol: Just "BTC"', api_key, 'Just "BTC"'),
    (
        'secret_arn: "arn:aws:sm:eu:1:secret:bot-AbCdEf", api_key: "{v}"',
        api_key,
        "arn:aws:sm:eu:1:secret:bot-AbCdEf",
    ),
    ("password={v} symbol=BTC", password, "symbol=BTC"),
]
"""Texts with a secret, and what beside it must survive."""

SURVIVORS: list[tuple[str, Callable[[Maker], str]]] = [
    ("signature={v}", lambda m: m.b58(88)),
    ("tx signature: {v}", lambda m: m.b58(88)),
    ("peer enode://{v}@10.0.0.1:30303", lambda m: m.hex(128)),
    (
        "secret_arn=arn:aws:secretsmanager:eu-west-1:123456789012:secret:{v}",
        lambda m: "bot-" + m.b62(6),
    ),
    ("fields: ['api_key', 'api_secret', 'password']", api_key),
    ("missing: api_key, secret, passphrase", api_key),
    ('required = ("api_key", "secret")', api_key),
    ("tx 0x{v} confirmed", hex_key),
    ("block {v}", hex_key),
    ("pubkey {v}", lambda m: m.b58(44)),
    ("mint {v}", lambda m: m.b58(44)),
    ("public_key=0x{v}", lambda m: m.hex(66)),
    ("commit {v}", lambda m: m.hex(40)),
    ("order {v}", lambda m: m.uuid()),
    ("https://api.binance.com/api/v3/order/{v}", lambda m: m.of("123456789", 12)),
    ("https://etherscan.io/tx/0x{v}", hex_key),
    ("https://hc.example.com/x/{v}", lambda m: m.hex(8)),
    ("code=200&msg=ok{v}", lambda m: ""),
    ("error code: -2015{v}", lambda m: ""),
    ("status code={v}", lambda m: m.of("123456789", 3)),
    ("pass {v} of 12", lambda m: "3"),
    ("PASS test_{v}", lambda m: "orders"),
    ("unzip -l {v}.zip", lambda m: "bars"),
    ("the action actor above about ability able{v}", lambda m: ""),
    ("we act across all age groups and always agree{v}", lambda m: ""),
    ("8=FIX.4.4|35=8|37={v}|55=BTC", lambda m: m.of("123456789", 12)),
    ("seed={v}", lambda m: "42"),
    ("random seed: {v}", lambda m: "1337"),
    ("sha256 {v}", hex_key),
    ("d={v}", lambda m: "17"),
    ("k: {v}", lambda m: "0.5"),
    ("pk={v}", lambda m: "42"),
    ("pk: {v}", lambda m: m.uuid()),
    ("sk: asc{v}", lambda m: ""),
]
"""Texts that must stay as they are."""


def forms(seed: int) -> Iterator[Form]:
    """Yield every form with fresh secrets."""
    make = Maker(seed)
    for group, rows in GROUPS.items():
        for template, value_of in rows:
            value = value_of(make)
            yield Form(group, template, template.format(v=value), (value,), ())
    for template, value_of, kept in NEIGHBOURS:
        value = value_of(make)
        yield Form("neighbours", template, template.format(v=value), (value,), (kept,))


def survivors(seed: int) -> Iterator[str]:
    """Yield texts without secrets."""
    make = Maker(seed)
    for template, value_of in SURVIVORS:
        yield template.format(v=value_of(make))
