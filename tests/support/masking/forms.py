"""Forms of secrets outside the trading world, in groups, from a seed.

Every third form of a group is held back: the rules were written without looking at it, so its
score at first contact says what to expect from unknown forms.
"""

# ruff: noqa: SIM905 - tables of words and forms
from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.support.masking.maker import Maker

ENGLISH = (
    "abandon ability able about above absent absorb abstract absurd abuse access "
    "accident account accuse achieve acid acoustic acquire across act action actor "
    "actress actual adapt add addict address adjust admit adult advance advice "
    "aerobic affair afford afraid again age agent agree ahead aim air airport aisle "
    "alarm album alcohol alert alien all alley allow almost alone alpha already also "
    "alter always amateur amazing among amount amused analyst anchor ancient anger "
    "angle angry animal ankle "
).split()
SPANISH = (
    "ábaco abdomen abeja abierto abogado abono aborto abrazo abrir abuelo abuso "
    "acabar academia acceso acción aceite acelga acento aceptar ácido aclarar acné "
    "acoger acoso activo acto actriz actuar acudir acuerdo acusar adicto admitir "
    "adoptar adorno aduana "
).split()
JAPANESE = (
    "あいこくしん あいさつ あいだ あおぞら あかちゃん あきる あけがた あける あこがれる あさい あさひ あしあと あじわう あずかる あずき あそぶ "
).split()
KOREAN = (
    "가격 가끔 가난 가능 가득 가르침 가뭄 가방 가상 가슴 가운데 가을 가이드 가입 가장 가정 가족 가죽 각오 각자 "
).split()
CHINESE = ("的 一 是 在 不 了 有 和 人 这 中 大 为 上 个 国 我 以 要 他 ").split()


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


def _sample(words: list[str]) -> Callable[[Maker], str]:
    return lambda make: " ".join(make.random.sample(words, 12))


def _hex(make: Maker) -> str:
    return make.hex(64)


def _key(make: Maker) -> str:
    return make.random.choice([make.b62(40), make.hex(64), make.b64url(43), make.b62(64)])


def _password(make: Maker) -> str:
    return (
        make.of("abcdefghijkmnpqrstuvwxyz", 6)
        + make.of("23456789", 3)
        + make.random.choice(["", "x", "K"])
    )


def _checked(prefix: bytes, size: int) -> Callable[[Maker], str]:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

    def made(make: Maker) -> str:
        raw = prefix + make.random.randbytes(size)
        raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
        number, text = int.from_bytes(raw, "big"), ""
        while number:
            number, rest = divmod(number, 58)
            text = alphabet[rest] + text
        return text

    return made


def _bytes(make: Maker) -> str:
    return ", ".join(str(byte) for byte in make.random.randbytes(64))


def _bech32(make: Maker) -> str:
    return make.of("023456789acdefghjklmnpqrstuvwxyz", 58)


def _b64_lines(make: Maker) -> str:
    return base64.b64encode(make.pem().encode()).decode()


W = "wallets"
GROUPS: dict[str, list[tuple[str, Callable[[Maker], str]]]] = {
    W: [
        ("PK=0x{v} SYMBOL=BTC", _hex),
        ("pk: {v}", _hex),
        ("EVM_PK=0x{v}", _hex),
        ("private key (hex) {v}", _hex),
        ("private key (hex): {v}", _hex),
        ("privateKey (base58) {v}", lambda m: m.b58(88)),
        ("Account.from_key(HexBytes('0x{v}'))", _hex),
        ('from_key(HexBytes("0x{v}"))', _hex),
        ("HexBytes('0x{v}') in from_key", _hex),
        ("secretKey: Uint8Array(64) [ {v} ]", _bytes),
        ("secretKey: Uint8Array(64) [\n  {v}\n]", _bytes),
        ("Keypair {{ _keypair: {{ secretKey: Uint8Array(64) [{v}] }} }}", _bytes),
        ("solana keypair [{v}]", _bytes),
        ("wallet secret key bytes: [{v}]", _bytes),
        ("from_bytes([{v}])", _bytes),
        ("mnemonic: {v}", _sample(ENGLISH)),
        ("imported wallet {v} ok", _sample(ENGLISH)),
        ("{v}", _sample(ENGLISH)),
        ("restored from '{v}'", _sample(ENGLISH)),
        ('seed="{v}"', _sample(ENGLISH)),
        ("{v}", _sample(SPANISH)),
        ("frase: {v}", _sample(SPANISH)),
        ("{v}", _sample(JAPANESE)),
        ("seed phrase {v}", _sample(KOREAN)),
        ("wallet {v}", _sample(KOREAN)),
        ("助记词：{v}", _sample(CHINESE)),
        ("{v}", _checked(b"\x04\x88\xad\xe4" + b"\x00" * 9, 65)),
        ("xprv {v} derived", _checked(b"\x04\x88\xad\xe4" + b"\x01" * 9, 65)),
        ("key {v} imported", _checked(b"\x80", 32)),
        ("import {v}", _checked(b"\xef", 33)),
        ("bip38 {v}", lambda m: "6P" + m.b58(56)),
        ("encrypted {v} key", lambda m: "6P" + m.b58(56)),
        ("suiprivkey1{v}", _bech32),
        ("sui key suiprivkey1{v} loaded", _bech32),
        ("xrp seed sEd{v}", lambda m: m.b58(28)),
        ("sEd{v}", lambda m: m.b58(28)),
        ("XRPL wallet from seed s{v}", lambda m: m.b58(28)),
        ("nsec1{v}", _bech32),
        ("AGE-SECRET-KEY-1{v}", lambda m: m.of("023456789ACDEFGHJKLMNPQRSTUVWXYZ", 58)),
        ("Wallet(private_key={v})", _hex),
        ("new ethers.Wallet('{v}', provider)", _hex),
        ("--private-key 0x{v} --rpc-url http://x", _hex),
        ("cast send --private-key {v}", _hex),
        ("signer = 0x{v} # deployer pk", _hex),
        ("deployer_pk: 0x{v}", _hex),
        ("web3.eth.account.from_key('{v}')", _hex),
        ("PrivateKey({v})", _hex),
        ("priv={v}", _hex),
        ("sk={v} pk2=1", _hex),
        ("ed25519_sk: {v}", _hex),
        ("keystore password: {v}", _password),
        ("S{v} stellar", lambda m: m.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 55)),
        ("cosmos privkey {v}", _hex),
        ("privkey hex {v}", _hex),
        ("tron private key = {v}", _hex),
        ("aptos ed25519-priv-0x{v}", _hex),
        ("secp256k1-priv-0x{v}", _hex),
    ],
    "apart": [
        ('argv=["--api-secret", "{v}"]', _key),
        ("argv: ['bot.py', '--api-key', '{v}', '--live']", _key),
        ("sys.argv = ['x', '-p', '3', '--token', '{v}']", _key),
        ("api_key       {v}\nsymbol        BTCUSDT\ndtype: object", _key),
        ("symbol    BTCUSDT\napi_secret    {v}\ndtype: object", _key),
        ("                value\nname                 \napi_secret  {v}\nsymbol      BTC", _key),
        ("api_secret  | {v}\nsymbol      | BTC", _key),
        ("| api_secret | {v} |\n| symbol | BTC |", _key),
        ("│ api_secret ┆ {v} │\n│ symbol     ┆ BTC │", _key),
        ("name=api_secret value={v}", _key),
        ('{{"key": "api_secret", "val": "{v}"}}', _key),
        ("{{'Name': '/bot/api_secret', 'Value': '{v}'}}", _key),
        ("{{'Key': 'binance/api_key', 'Type': 'SecureString', 'Value': '{v}'}}", _key),
        ('{{"field": "password", "data": "{v}"}}', _key),
        ("[{{'loc': ('api_secret',), 'msg': 'too short', 'input': '{v}'}}]", _key),
        ("{{'type': 'string_type', 'loc': ('db', 'password'), 'input': '{v}', 'url': 'x'}}", _key),
        ('auth=["trader", "{v}"]', _password),
        ("auth=('trader', '{v}')", _password),
        ("requests.get(url, auth=('bot', '{v}'))", _password),
        ("API_SECRET\t{v}", _key),
        ("api_secret .......... {v}", _key),
        ("api_secret    = {v}", _key),
        ("Api Secret          : {v}", _key),
        ("name        value\napi_key     {v}\nsymbol      BTC", _key),
        ("shape: (2,)\nSeries: 'api_secret' [str]\n[\n\t\"{v}\"\n]", _key),
        ("setattr(self, 'api_secret', '{v}')", _key),
        ("os.putenv('API_SECRET', '{v}')", _key),
        ("('api_secret', 'okx', '{v}')", _key),
        ('{{"id": "password", "value": "{v}"}}', _password),
        ("<input name='api_secret' value='{v}'>", _key),
        ("{{name:'apiSecret',value:'{v}'}}", _key),
        ("label: API secret, content: {v}", _key),
        ("param api_secret given as {v}", _key),
        ("HSET bot api_secret {v}", _key),
        ("SET bot:api_secret {v}", _key),
        ("config set api_secret {v}", _key),
        ("kv put secret/bot api_key={v}", _key),
        ("setex session_token 60 {v}", _key),
    ],
    "lines": [
        ("api_secret: |\n  {v}\nsymbol: BTC", _key),
        ("api_secret: >\n  {v}\nsymbol: BTC", _key),
        ("api_secret: >-\n  {v}", _key),
        ("api_secret: !vault |\n  {v}", _key),
        ("key: !!binary |\n  {v}", _b64_lines),
        ("private_key: !!binary |\n  {v}", lambda m: m.b64(90)),
        ("API_SECRET=\\\n{v}", _key),
        ("export API_SECRET=\\\n  {v}", _key),
        ("curl -H \\\n  'X-API-KEY: {v}' \\\n  https://x", _key),
        ('["api_secret"]=>\n  string(40) "{v}"', _key),
        ("[api_secret] => {v}", _key),
        ("'api_secret' =>\n    '{v}',", _key),
        ('Config {{\n    api_secret: "{v}",\n    symbol: "BTC",\n}}', _key),
        ('api_secret: Some(\n        "{v}",\n    ),', _key),
        ("tls.key: {v}", _b64_lines),
        ("ca={v}", _b64_lines),
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
        ('api_secret =\n    "{v}"', _key),
        ("<apiSecret>\n  {v}\n</apiSecret>", _key),
        ("api_secret:\r\n  {v}\r\n", _key),
        ("password: |-\n    {v}\nuser: x", _password),
        ("secret = '''\n{v}\n'''", _key),
        ('secret = """\n{v}\n"""', _key),
        ("api_secret\n{v}\n", _key),
        ("API Secret:\n{v}", _key),
    ],
    "protocols": [
        ('1699 [0 127.0.0.1:5] "AUTH" "{v}"', _password),
        ('1699 [0 127.0.0.1:5] "AUTH" "bot" "{v}"', _password),
        ("requirepass {v}", _password),
        ("masterauth {v}", _password),
        ('"CONFIG" "SET" "requirepass" "{v}"', _password),
        ("a1 LOGIN bot@x.com {v}", _password),
        ('A001 LOGIN "bot" "{v}"', _password),
        ("PASS {v}\r\n", _password),
        ("USER bot\r\nPASS {v}\r\n", _password),
        ("AUTH LOGIN\r\n{v}\r\n", lambda m: m.b64(18)),
        ("AUTH PLAIN {v}", lambda m: m.b64(24)),
        ("> AUTH CRAM-MD5 {v}", lambda m: m.b64(24)),
        ("8=FIX.4.4 | 35=A | 554={v} | 108=30", _password),
        ("8=FIX.4.4|9=1|553=bot|554={v}|10=1|", _password),
        ("[(8, 'FIX.4.4'), (554, '{v}')]", _password),
        ("{{35: 'A', 554: '{v}'}}", _password),
        ("RawData(96)={v}", _key),
        ("8=FIX.4.4|35=A|95=64|96={v}|10=1|", _key),
        ('Authorization: Digest username="bot", realm="sip", response="{v}"', lambda m: m.hex(32)),
        ("curl --cert client.pem:{v} https://x", _password),
        ("curl -E cert.p12:{v} https://x", _password),
        ("curl --proxy-user bot:{v} https://x", _password),
        ("curl -u bot:{v} https://x", _password),
        ("unzip -P {v} a.zip", _password),
        ("zip -P {v} a.zip f", _password),
        ("7z x -p{v} a.7z", _password),
        ("rar x -hp{v} a.rar", _password),
        ("keytool -genkey -storepass {v} -alias x", _password),
        ("keytool -keypass {v}", _password),
        ("ssh-keygen -t ed25519 -N {v} -f x", _password),
        ("ssh-keygen -t rsa -N '{v}'", _password),
        ("az login --service-principal -u app -p {v} --tenant t", _password),
        ("docker login -u bot -p {v} reg", _password),
        ("openssl rsa -passin pass:{v}", _password),
        ("openssl enc -k {v} -aes256", _password),
        ("gpg --passphrase {v} -d x", _password),
        ("htpasswd -b f bot {v}", _password),
        ("mysql -ubot -p{v} db", _password),
        ("PGPASSWORD={v} psql", _password),
        ("sshpass -p{v} ssh x", _password),
        ("ftp://bot:{v}@host/x", _password),
        ("/callback?code={v}&state=x", _key),
        ("grant_type=authorization_code&code={v}", _key),
        ("code_verifier={v}&client_id=x", _key),
        ("device_code={v}", _key),
        ("client_assertion={v}", _key),
        ("bot:{v}@tcp(db:3306)/trades", _password),
        ("bot:{v}@unix(/tmp/x.sock)/t", _password),
        ("sqlplus bot/{v}@//db:1521/x", _password),
        ("bot/{v}@//db", _password),
        ("Server=x;User Id=bot;Password={v};", _password),
        ("wss://x.io/ws?listenKey={v}", _key),
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
        _password,
        "cache.example.com:6379",
    ),
    ("git clone https://oauth2:{v}@gitlab.example.com/x.git", _key, "gitlab.example.com/x.git"),
    (
        "{{'Credentials': {{'SecretAccessKey': '{v}', 'Expiration': '2026-11-21T02:00:00Z'}}}}",
        _key,
        "2026-11-21T02:00:00Z",
    ),
    ("API_KEY={v}:SYMBOL=BTC", _key, "SYMBOL=BTC"),
    ('declare -A c=([api_key]="{v}" [symbol]="BTC")', _key, '[symbol]="BTC"'),
    ('api_key: Just "{v}", symbol: Just "BTC"', _key, 'Just "BTC"'),
    (
        'secret_arn: "arn:aws:sm:eu:1:secret:bot-AbCdEf", api_key: "{v}"',
        _key,
        "arn:aws:sm:eu:1:secret:bot-AbCdEf",
    ),
    ("password={v} symbol=BTC", _password, "symbol=BTC"),
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
    ("fields: ['api_key', 'api_secret', 'password']", _key),
    ("missing: api_key, secret, passphrase", _key),
    ('required = ("api_key", "secret")', _key),
    ("tx 0x{v} confirmed", _hex),
    ("block {v}", _hex),
    ("pubkey {v}", lambda m: m.b58(44)),
    ("mint {v}", lambda m: m.b58(44)),
    ("public_key=0x{v}", lambda m: m.hex(66)),
    ("commit {v}", lambda m: m.hex(40)),
    ("order {v}", lambda m: m.uuid()),
    ("https://api.binance.com/api/v3/order/{v}", lambda m: m.of("123456789", 12)),
    ("https://etherscan.io/tx/0x{v}", _hex),
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
    ("sha256 {v}", _hex),
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
