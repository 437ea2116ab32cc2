"""Forms that were written down after the rules, and scored once before any rule was changed for them."""

# ruff: noqa: SIM905 - tables of words
from __future__ import annotations

import string
from collections.abc import Callable, Iterator

from tests.support.masking.corpus import Case, Entry, wrap
from tests.support.masking.maker import B58, Maker, secret_values

Value = Callable[[Maker], str]


def _any(make: Maker) -> str:
    return make.random.choice(secret_values(make))


def _long(make: Maker) -> str:
    return make.random.choice(
        [make.b62(64), make.hex(64), make.b64url(43), make.hex(32), make.b62(40), make.uuid()]
    )


def _pin(make: Maker) -> str:
    return make.of("123456789", 6)


def _bytes(make: Maker) -> str:
    return ", ".join(str(make.random.randrange(100, 256)) for _ in range(64))


ANY: tuple[str, ...] = (
    "[api_key={v}]", "(secret={v})", '"api_key" = "{v}"', 'secret_key ="{v}"', "-Dspring.datasource.password={v}", "-e API_SECRET={v}",
    "--from-literal=api_secret={v}", 'declare -x API_SECRET="{v}"', 'Environment="API_SECRET={v}"', "ENV API_SECRET={v}", "apikey\t{v}",
    "api_key='''{v}'''", "password=b'{v}'", "bytearray api_secret=bytearray(b'{v}')", "apiKey: `{v}`", '{{"api_key": ["{v}"]}}',
    '{{"credentials": {{"name": "main", "value": "{v}"}}}}', 'ApiKey("{v}")', 'api_key: Some("{v}")', 'Credentials {{ api_secret: "{v}" }}',
    "api_key: >-\n  {v}", "api_key: !secret {v}", "password: !!str {v}", "<ns:apiKey>{v}</ns:apiKey>", "<ApiKey><![CDATA[{v}]]></ApiKey>",
    "<key>apiKey</key><string>{v}</string>", '<property name="password">{v}</property>', '<entry key="api.secret">{v}</entry>',
    '<input type="password" name="password" value="{v}">', "<tr><td>api_key</td><td>{v}</td></tr>", "&lt;apiKey&gt;{v}&lt;/apiKey&gt;",
    "&quot;api_key&quot;:&quot;{v}&quot;", 'login(user: "bot", password: "{v}")', "UPDATE accounts SET api_secret = '{v}' WHERE id=1",
    "WHERE api_key = '{v}'", "send: b'GET /x HTTP/1.1\\r\\nHost: api\\r\\nX-MBX-APIKEY: {v}\\r\\n\\r\\n'", "header: X-Api-Key: {v}",
    "curl -H \"X-MBX-APIKEY: {v}\" https://x", "curl -d 'api_key={v}&x=1' https://x", "http GET x X-API-KEY:{v}", "api_key%253D{v}",
    "Namespace(api_key='{v}', x=1)", "<Config api_key={v} x=1>", "Creds(key_name='a', secret='{v}')", "deque([('api_key', '{v}')])",
    "OrderedDict({{'api_key': '{v}'}})", "b'{{\"api_key\":\"{v}\"}}'", "Headers({{'x-api-key': '{v}'}})", "[(b'x-api-key', b'{v}')]",
    "environ({{'API_SECRET': '{v}'}})", '    client = Client("a", api_secret="{v}")', "    api_key = \"{v}\"", "$apiKey = '{v}';",
    "define('API_KEY', '{v}');", 'putenv("API_KEY={v}")', '.setPassword("{v}")', '.password("{v}")', '.api_key("{v}")',
    'headers.Add("X-API-KEY", "{v}");', "//registry.npmjs.org/:_authToken={v}", "aws_secret_access_key = {v}", "client-key-data: {v}",
    "DB_PASS={v}", "ansible_ssh_pass={v}", "SMTP_PASS: '{v}'", "secrets.binance.api_key={v}", "BINANCE__API_SECRET={v}", "api_key[binance]={v}",
    "*API Key:* {v}", "<b>API Key:</b> {v}", "🔑 API Secret: {v}", "API Secret Key - {v}", "api_key=({v})", "api_key=<{v}>", "api_key=[{v}]",
    '"api_key":null,"secret":"{v}"', "api_key (test): {v}", "HTTPBasicAuth('bot', '{v}'), password='{v}'", "fundPassword={v}", "tradePwd={v}",
    "X-RapidAPI-Key: {v}", "Ocp-Apim-Subscription-Key: {v}", "x-goog-api-key: {v}", "APCA-API-SECRET-KEY: {v}", "CB-ACCESS-PASSPHRASE: {v}",
    "ACCESS-PASSPHRASE: {v}", "API-Key: {v}", "app_key={v} app_secret={v}", "액세스 토큰: {v}", "{{'비밀번호': '{v}'}}", "앱키={v} 앱시크릿={v}",
    "비밀번호 = '{v}'", "시크릿 키: {v}", "거래소 비밀번호: {v}", "API_KEY：{v}", "密码: {v}", "パスワード: {v}", "Passwort: {v}", "api-secret={v}",
    "secretAccessKey: '{v}'", "private-key = {v}", "'secret' = '{v}'", "secret=>{v}", "export SECRET_KEY='{v}'", "x-access-token: {v}",
    "{{:api_key=>\"{v}\"}}", "api_key==\"{v}\"", "api_key != '{v}'", "api_key IN ('{v}')", "[binance]\napi_key = {v}\n", "key=1, api_key={v}, x=2",
    "api_key={v}|symbol=BTC", "api_key={v}\tsymbol=BTC", "apiSecret={v}#frag", "auth.password={v}", "password1={v}", "new_password={v}",
    "old_password='{v}'", "confirmPassword: \"{v}\"", "keystore_password={v}", "ssl_key_password={v}", "wallet_password={v}", "rpcpassword={v}",
    '{{"key": "api_key", "value": "{v}"}}', '{{"name":"secret","type":"string","value":"{v}"}}', '{{"value":"{v}","name":"api_key"}}',
    "password_value={v}", "secret_value: '{v}'", "API_KEY_BINANCE={v}", "SECRET_OKX='{v}'",
)  # fmt: skip

LONG: tuple[str, ...] = (
    "Your API key is {v}", "api key set to {v}", "with api key {v}", "new access token generated: {v}", "API-Key {v} not found",
    "wrong api key '{v}'", "access token {v} expired", "API 키는 {v} 입니다", "API 키 {v} 사용", "ws://x/ws?token={v}",
    "https://x/cb#access_token={v}&token_type=bearer", "https://{v}@github.com/x/y.git", "<Cookie session={v} for x/>",
    "cookies={{'session': '{v}'}}", "Cookie: a=1; sessionid={v}", "Authorization: {v}", "'Authorization': ['Bearer {v}']",
    "Authorization: HMAC {v}", "authorization: Basic {v}", "Proxy-Authorization: Bearer {v}", "X-Signature: {v}", "x-phemex-request-signature: {v}",
    '{{"op":"authKeyExpires","args":["{v}",1538323200,"{v}"]}}', '{{"method":"user.auth","params":["API","{v}","{v}",1624332800]}}',
    '{{"action":"auth","key":"{v}","secret":"{v}"}}', '{{"auth":{{"method":"api_key","KEY":"{v}","SIGN":"{v}"}}}}',
    '{{"type":"subscribe","signature":"{v}","key":"{v}","passphrase":"x"}}', '{{"args":["{v}","1"],"op":"login"}}', "X-Amz-Signature={v}",
    "sig={v}&se=2026", "enctoken {v}", "enctoken={v}", "usertoken: {v}", "jwt={v}", "CST: x\nX-SECURITY-TOKEN: {v}", "/userDataStream/{v}",
    "session_key={v}", "'sessionid': '{v}'", "JSESSIONID={v}", "csrftoken={v}", "hmac={v}", "auth={v}", "access_token%3D{v}",
)  # fmt: skip

PASSWORDS: tuple[str, ...] = (
    "amqp://bot:{v}@mq.example.com/vhost", "postgresql+asyncpg://bot:{v}@db/trades", "jdbc:postgresql://h/db?user=x&password={v}",
    "socks5://bot:{v}@1.2.3.4:1080", "smtp://bot%40x.com:{v}@smtp.example.com:587", "https://oauth2:{v}@gitlab.com/x.git", "ftp://bot:{v}@h/",
    "wget --http-password={v} https://x", "mysql -u root -p{v} trades", "password for bot: {v}", "password for user bot is {v}",
    "wrong password '{v}'", "Enter password: {v}", "비밀번호는 {v}입니다", "비밀번호 '{v}'", "login: bot password: {v}", "PGPASSWORD={v} psql",
    "openssl rsa -passin pass:{v}", "ALTER USER bot WITH PASSWORD '{v}'", "redis-cli -a {v} ping", "docker login -u bot -p {v}",
    "user=bot;pwd={v};host=x", "http_proxy=http://bot:{v}@proxy:3128", "auth=('bot', '{v}')",
)  # fmt: skip

SPECIAL: tuple[tuple[str, Value], ...] = (
    ("PIN: {v}", _pin), ("otp code is {v}", _pin), ("verification code: {v}", _pin), ("otp={v}", _pin), ('"pin":{v}', _pin), ("인증번호: {v}", _pin),
    ("비밀번호(6자리): {v}", _pin), ("2fa_code={v}", _pin), ("totp: {v}", _pin),
    ("seed phrase: {v}", Maker.words), ("mnemonic='{v}'", Maker.words), ("recovery phrase is: {v}", Maker.words), ("니모닉: {v}", Maker.words),
    ("private_key=[{v}]", _bytes), ("secretKey: [{v}]", _bytes),
    ("wss://stream.binance.com:9443/ws/{v}", lambda m: m.b62(64)), ("{v}", lambda m: "sk-or-v1-" + m.hex(64)),
    ("{v}", lambda m: "whsec_" + m.b62(32)), ("{v}", lambda m: "rk_live_" + m.b62(24)), ("{v}", lambda m: "xapp-1-A" + m.upper(10) + "-" + m.hex(64)),
    ("{v}", lambda m: "gho_" + m.b62(36)), ("{v}", lambda m: "ASIA" + m.of(string.ascii_uppercase + "234567", 16)),
    ("{v}", lambda m: "GOCSPX-" + m.b64url(28)), ("{v}", lambda m: "ya29." + m.b64url(120)), ("{v}", lambda m: "pplx-" + m.b62(48)),
    ("{v}", lambda m: "hvs." + m.b64url(90)), ("{v}", lambda m: "dop_v1_" + m.hex(64)), ("{v}", lambda m: "glrt-" + m.b64url(20)),
    ("{v}", lambda m: "account-" + m.b62(20)), ("{v}", lambda m: "mx0vgl" + m.b62(16)), ("{v}", lambda m: "PK" + m.upper(18)),
    ("{v}", lambda m: "PS" + m.b62(34)), ("{v}", lambda m: "-".join((m.hex(8), m.hex(8), m.hex(8), m.hex(5)))),
    ("{v}", lambda m: m.hex(32) + "-" + m.hex(32)), ("{v}", lambda m: "MT" + m.b62(22) + "." + m.b62(6) + "." + m.b64url(38)),
    ("{v}", lambda m: "CG-" + m.b62(24)), ("{v}", lambda m: "nsec1" + m.of("023456789acdefghjklmnpqrstuvwxyz", 58)),
    ("{v}", lambda m: "S" + m.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 55)), ("{v}", lambda m: "zprv" + m.b58(107)),
    ("{v}", lambda m: "syt_" + m.b62(12) + "_" + m.of(string.ascii_letters, 20) + "_" + m.b62(6)), ("{v}", lambda m: "$2b$12$" + m.b62(53)),
    ("{v}", lambda m: "AGE-SECRET-KEY-1" + m.of("023456789ACDEFGHJKLMNPQRSTUVWXYZ", 58)), ("{v}", lambda m: "tskey-auth-" + m.b62(32)),
    ("https://discordapp.com/api/webhooks/123456789012345678/{v}", lambda m: m.b64url(68)), ("https://mainnet.infura.io/v3/{v}", lambda m: m.hex(32)),
    ("https://eth-mainnet.g.alchemy.com/v2/{v}", lambda m: m.b64url(32)), ("https://open.feishu.cn/open-apis/bot/v2/hook/{v}", Maker.uuid),
)  # fmt: skip

KEPT: tuple[str, ...] = (
    "    self.api_key = api_key", "    headers['X-MBX-APIKEY'] = self.apiKey", "token = self.get_token()", "password = getpass.getpass()",
    "def sign(self, path, api='public', method='GET', params=None):", "if self.token is None:", "api_key: Optional[str] = None",
    "secret: str = Field(..., repr=False)", "os.environ['API_KEY']", 'key = config["secret"]', "token_in=WETH token_out=USDC",
    "tokens: ['BTC', 'ETH']", "token: 0x{address}", "tokenIn: '0x{address}'", "session: asia-2026", "session_high=64000", "trading_session=ny",
    "signature_version=2", "sigma=0.3", "signed=True", "pass=1", "bandpass 3", "passive order", "pin_bar=true", "pin bar at 64010",
    "key_level=64010", "key levels: 64000, 65000", "keys: 5", "hotkey=F5", "auth: ok", "auth=none", "access=read", "access: denied", "code=200",
    "error_code=-2015", "verification code sent", "status_code: 401", "Invalid API-key, IP, or permissions for action.",
    "API-key format invalid.", "Signature for this request is not valid.", "EAPI:Invalid key", "The api_key parameter is required",
    'Request header "OK-ACCESS-KEY" can not be empty.', '{{"retCode":10003,"retMsg":"API key is invalid."}}', "KC-API-KEY not exists",
    "token bucket exhausted: 5 tokens left, refill 10/s", "ulid {ulid}", "object {objectid}", "order {kraken}", "cloid 0x{hex32}",
    "image sha256:{hex64}", 'ETag W/"{hex32}"', "address T{b58_33}", "ipfs Qm{b58_44}", "traceparent 00-{hex32}-{hex16}-01",
    "v1.2.3-4-g{hex7}", "txid={hex64}", "hash: 0x{hex64}", "client_order_id=x-R4BD3S82{digits}", "cursor: {cursor}", "next={cursor}",
    "키: 180cm", "토큰: USDT", "서명 오류: -1022", "비밀번호 오류 3회", "암호화 통신 사용", "인증 성공: 200", "종목코드: 005930", "계좌번호: 50123456-01",
    "주문번호: {digits}", "키워드: 반도체", "세션 시작: 09:00", "mailto:bot@example.com", "git@github.com:me/bot.git", "10.0.0.1:8080", "a@b:c",
    "https://user@example.com/x", "https://x.example/a?b=c@d", "ratio 3:2@1x", "docker -p 80:80 -u 1000:1000", "-u root:root2".replace("2", ""),
    "Basic Materials sector", "bearer market", "Bearer authentication failed", "auth token missing", "token type bearer", "grant_type=client_credentials",
    "secret santa", "password length 12", "password_min_length=12", "the secret is out", "no password set", "Password changed at 2026-11-21T02:00:00Z",
    "cookie: none", "api_key: <not set>", "api_key=***", "secret=********", "token=[REDACTED]", "authorization: ok", "csrf check passed",
    "jwt expired", "mnemonic invalid", "seed=42", "random_seed=12345", "nonce=1732154400123", "uid=12345678", "login=bot", "account=50123456",
    "user_id={uuid}", "request_id: {uuid}", "trace_id={hex32}", "apiKey.length=64", "len(secret)=64", "secretName: binance-prod", "key_id=7",
    "API key #3 loaded", "api keys: 2", "access token expires in 3600s", "token price 0.0123", "token count: 12345", "max_tokens=4096",
    "prompt_tokens=123456", "passed=12 failed=0", "compass=NE", "assign=7", "design: v2", "keyboard=us", "monkey=1", "author=bot7",
    "authority: x1", "pinned=3", "spin=2", "option=otp", "words=12", "phrase book", "credit=100", "credits: 12345", "incredible 7",
)  # fmt: skip


def _case(template: str, value: str, make: Maker) -> Case:
    symbol = make.symbol()
    return Case(
        f"held out {template}",
        True,
        "",
        None,
        f"{symbol} {template.format(v=value)} end",
        (value,),
        (symbol,),
    )


def cases(make: Maker) -> Iterator[Case]:
    """Every held-out form once."""
    for template in ANY:
        value = _any(make)
        while "%253D" in template and ("=" in value or "+" in value or "/" in value):
            value = _any(make)
        yield _case(template, value, make)
    for template in LONG:
        yield _case(
            template, _long(make) if "userDataStream" not in template else make.b62(64), make
        )
    for template in PASSWORDS:
        yield _case(
            template,
            make.of(string.ascii_letters, 6)
            + make.of(string.digits, 3)
            + make.random.choice(["!", "_x", "7"]),
            make,
        )
    for template, value_of in SPECIAL:
        yield _case(template, value_of(make), make)
    for template in KEPT:
        text = template.format(
            address=make.hex(40), ulid=make.of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26), objectid=make.hex(24), hex7=make.hex(7),
            kraken=f"O{make.upper(5)}-{make.upper(5)}-{make.upper(6)}", hex32=make.hex(32), hex64=make.hex(64), hex16=make.hex(16),
            b58_33=make.of(B58, 33), b58_44=make.of(B58, 44), digits=make.of(string.digits, 16), cursor=make.b64(24), uuid=make.uuid(),
        )  # fmt: skip
        yield Case(f"held out {template}", False, "", None, text, (), (text,))


def corpus(seed: int) -> Iterator[Entry]:
    """Every held-out form of one seed in every wrapping."""
    make = Maker(seed)
    for case in cases(make):
        yield from wrap(case, make)


MORE_NAMES = (
    "apiKeyPassphrase api_key_secret X-API-SECRET x_api_token tradingview_secret kisAppKey kis_app_secret KIS_APPSECRET upbit_access_key "
    "UPBIT_SECRET_KEY bithumbSecretKey coinone_access_token wallet_private_key PRIVATE_KEY_HEX privKey priv_key signer_key signerPrivateKey "
    "evm_private_key solana_keypair ledger_pin mfa_token mfaSecret two_factor_secret recoveryCodes backup_codes smtp_password imapPassword "
    "TELEGRAM_TOKEN DISCORD_BOT_TOKEN SLACK_WEBHOOK_SECRET openai_api_key ANTHROPIC_API_KEY hf_token GITHUB_TOKEN npmToken INFLUXDB_TOKEN "
    "REDIS_PASSWORD PGPASSWORD MYSQL_ROOT_PASSWORD rabbitmq_pass sshPassphrase ssl_key_password keystorePass jwtSecret JWT_SIGNING_KEY "
    "session_secret cookie_secret flask_secret_key django_secret_key fernet_key encryptionKey aes_key hmac_secret webhook_signing_secret "
    "stripe_secret oauth_token_secret refreshToken idToken xsrf-token x-auth-token X-Vault-Token X-Amz-Security-Token dbPwd adminPwd userPw "
    "txn_password trading_pin user_secret_v2 apikey2 APIKeySecret API-SECRET-KEY exchange.secret secret.key "
    "거래비밀번호 출금비밀번호 앱시크릿키 시크릿_토큰 보안카드번호 공인인증서_암호 업비트_시크릿키 API비밀키 계좌_비밀번호 로그인비밀번호"
).split()

MORE_HARMLESS_NAMES = (
    "tokenId tokenName token_decimals tokenPair secretariat authorId keyName key_count pinned_at passenger passThrough password_changed_at "
    "passwordStrength secret_version api_key_count apiKeyName api_key_created session_name session_start sessionType authType auth_provider "
    "signType signedAt signature_count cookieDomain cookie_path credential_type credentials_file private_key_path public_key_hash jwt_exp "
    "mnemonic_length otp_enabled pin_count csrf_enabled access_level access_time accessCount key_prefix keyspace hotkeys keystroke tokenized "
    "tokens_used max_tokens total_tokens spin pinbar sigma signal_strength signals passed_checks bypass compass encompass trespass authority "
    "authored turkey donkey monkeypatch keyword keywords keyframe secretary secretion 암호화 암호화폐명 토큰명 토큰_심볼 비밀번호_만료일 키_개수 서명_방식 세션_이름 "
    "correlation_id cloid orderListId txid tx_hash block_hash merkle_root address contract market_id uuid request_id trace_id span_id etag "
    "cursor next_cursor page_cursor checksum digest md5 sha256 commit build_id image"
).split()

NASTY = (
    'a"b\\c1d2',
    "it's-4-secret",
    "p@ss w0rd 123",
    "k=v&x=9zz",
    "{brace7d}",
    "[brak3t!]",
    "50%off-4u",
    "tab\there7",
    "ünïcødé-77",
    "비번1234!",
    "a,b;c|d9",
    "<x>7y</x>",
    "😀pass9word",
    "-starts7dash",
    "/slash/Pass9",
    "back\\slash7",
    "dollar$VAR9",
    "#hash7tag#",
    "new\nline7x",
    "quote'\"mix9",
)
"""Passwords with every character that ends, escapes or separates something."""


def second_cases(make: Maker) -> Iterator[Case]:
    """Names and passwords of the second round."""
    for name in MORE_NAMES:
        value = make.random.choice(
            [
                make.b64url(44) + "=",
                make.hex(64),
                make.b64(32),
                make.uuid(),
                make.b62(36),
                make.password(),
            ]
        )
        yield Case(f"second name {name}", True, name, value, "", (value,), ())
    for name in MORE_HARMLESS_NAMES:
        value = make.random.choice(
            [make.uuid(), make.hex(64), "0x" + make.hex(64), make.hex(32), make.b58(44), make.symbol(), make.of(string.digits, 12), "2026-11-21T02:00:00Z",
             "binance-main-7", "/api/v3/order", make.b64(24), 42, 1.5, True]
        )  # fmt: skip
        yield Case(f"second harmless {name}", False, name, value, "", (), (str(value),))
    for password in NASTY:
        yield Case(
            f"second nasty {password}",
            True,
            make.random.choice(["password", "api_secret", "passphrase"]),
            password,
            "",
            (password,),
            (),
        )


def second_corpus(seed: int) -> Iterator[Entry]:
    """The second round in every wrapping."""
    make = Maker(seed)
    for case in second_cases(make):
        yield from wrap(case, make)
