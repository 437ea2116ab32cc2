"""The words that names of secrets end with, as data.

A name is judged by its *last* words, so `api_key` is a secret and `api_key_expires_at` is not,
without a list of everything harmless.
"""

from __future__ import annotations

from typing import Final

from .foreign_names import FOREIGN_ENDINGS, FOREIGN_SECRET_WORDS


def words_of(text: str) -> frozenset[str]:
    """Split a text at spaces."""
    return frozenset(text.split())


def _phrases(firsts: str, lasts: str) -> set[str]:
    return {f"{first} {last}" for first in firsts.split() for last in lasts.split()}


_OWNERS_OF_KEYS = (
    "api secret access app application private priv signing encryption decryption cipher listen approval auth authorization "
    "authentication master session service account consumer license deploy ssh wallet webhook storage shared symmetric aes "
    "hmac rsa ecdsa gpg pgp tls ssl crypto root admin subscription ingestion trading agent developer dev partner validator "
    "client signer fernet kms vault jwt cookie flask django funding withdraw withdrawal cipher"
)
_OWNERS_OF_TOKENS = (
    "api access refresh id auth oauth bot session bearer csrf xsrf jwt device push personal security secret service telegram "
    "discord slack github gitlab hf huggingface npm pypi vault grafana influx influxdb webhook verification ws websocket "
    "stream login reset app application account exchange kis upbit bithumb line notify deploy registration root admin pat "
    "middleware request approval identity sas mfa otp tfa fa totp recovery invite magic sso oidc saml client user team "
    "workspace org project read write upload download tracking socket feed market data trading wallet custody signer"
)
_OWNERS_OF_PASS = (
    "db database ssh user smtp imap mysql mariadb pg postgres postgresql redis mongo mongodb mail email admin root sudo become "
    "ftp sftp api proxy http https account login rpc wallet key store keystore truststore p cert vault mqtt amqp rabbitmq "
    "influx ldap basic auth broker exchange trade trading fund"
)
_ONE_WORD = (
    "secret secrets password passwords passwd passwds pwd pwds pw passphrase passphrases passcode passcodes passkey "
    "authorization authorisation cookie cookies bearer jwt mnemonic mnemonics totp otp hotp pin credential credentials cred "
    "creds csrf xsrf wif keypair cvv cvc xprv privkey twofa sessionid jsessionid phpsessid connectsid authcode passwort "
    "contrasena"
)

SECRET_WORDS: Final[frozenset[str]] = frozenset(
    words_of(_ONE_WORD)
    | _phrases(_OWNERS_OF_KEYS, "key keys keypair")
    | _phrases("api secret access private app", "keyid keyids")
    | {
        f"{owner} key {tail}"
        for owner in ("api", "secret", "access", "private", "app")
        for tail in ("id", "ids", "string")
    }
    | _phrases(_OWNERS_OF_TOKENS, "token tokens")
    | _phrases("seed recovery backup secret mnemonic wallet", "phrase phrases words")
    | _phrases(
        "recovery backup verification security otp totp hotp fa mfa tfa auth authorization login sms pin",
        "code codes",
    )
    | _phrases("auth authorization cookie", "header headers")
    | _phrases(_OWNERS_OF_PASS, "pass passes")
    | {
        "code verifier",
        "device code",
        "recovery key",
        "recovery keys",
        "totp seed",
        "otp seed",
        "otp number",
        "pass phrase",
        "pass word",
        "pass code",
    }
    | {
        "secret key base",
        "session id",
        "tapi id",
        "sess id",
        "api pass",
        "wallet seed",
        "wallet import format",
        "key pair",
        "hash key secret",
    }
    | {
        "api 키",
        "app 키",
        "access 키",
        "secret 키",
        "private 키",
        "api 시크릿",
        "app 시크릿",
        "api 비밀",
        "access 토큰",
        "refresh 토큰",
    }
    | {
        "api 토큰",
        "bot 토큰",
        "시크릿 키",
        "비밀 키",
        "개인 키",
        "프라이빗 키",
        "액세스 키",
        "엑세스 키",
        "접근 키",
        "인증 키",
        "앱 키",
    }
    | {
        "앱 시크릿",
        "서비스 키",
        "보안 키",
        "액세스 토큰",
        "엑세스 토큰",
        "접근 토큰",
        "인증 토큰",
        "갱신 토큰",
        "시크릿 토큰",
        "봇 토큰",
        "비밀 번호",
    }
    | {
        "인증 번호",
        "인증 코드",
        "보안 코드",
        "핀 번호",
        "핀 코드",
        "복구 구문",
        "복구 문구",
        "시드 구문",
        "시드 문구",
        "otp 번호",
    }
    | FOREIGN_SECRET_WORDS
    | {"otp 코드", "pin 번호", "인증 헤더", "자격 증명", "세션 아이디", "승인 키"}
)
"""A value under such a name is a secret, whatever it looks like."""

SECRET_ENDINGS: Final[tuple[str, ...]] = (
    "apikey", "apikeys", "apikeyid", "secretkey", "accesskey", "accesskeyid", "privatekey", "privkey", "authkey", "appkey",
    "masterkey", "signingkey", "encryptionkey", "listenkey", "sshkey", "walletkey", "sessionkey", "servicekey", "approvalkey",
    "consumerkey", "apisecret", "appsecret", "clientsecret", "secret", "accesstoken", "authtoken", "refreshtoken", "bottoken",
    "idtoken", "apitoken", "sessiontoken", "csrftoken", "xsrftoken", "bearertoken", "password", "passwords", "passwd",
    "passphrase", "passcode", "userpwd", "dbpwd", "apipass", "sessionid", "mnemonic", "seedphrase", "recoveryphrase",
    "비밀번호", "비번", "패스워드", "패스프레이즈",
    "암호", "시크릿", "비밀키", "시크릿키", "개인키", "프라이빗키", "접근토큰", "액세스토큰",
    "엑세스토큰", "인증토큰", "갱신토큰", "봇토큰", "앱키", "접근키", "액세스키", "엑세스키", "인증키",
    "서비스키", "보안키", "암호키",
    "서명키", "승인키", "접속키", "마스터키", "라이선스키", "니모닉", "시드구문", "시드문구", "복구구문", "복구문구", "인증번호",
    "인증코드", "보안코드", "핀번호", "핀코드", "자격증명", "쿠키", "인증헤더", "세션아이디", "密码", "口令", "密钥", "私钥",
    "パスワード", "秘密鍵", "暗証番号", "보안카드번호", "비밀코드", "시크릿토큰",
    *FOREIGN_ENDINGS,
)  # fmt: skip
"""The same for names written as one word (`bfxapikey`, `거래소비밀번호`)."""

SUSPECT_WORDS: Final[frozenset[str]] = words_of(
    "token tokens sign signs signature signatures sig auth oauth authentication session sessions sess pass access hmac sid "
    "api authent pck mac apisign authsig assertion challenge requirepass masterauth 토큰 서명 세션 인증 令牌 トークン"
)
"""Under such a name the value decides."""

SUSPECT_WORDS_OFF: Final[frozenset[str]] = words_of(
    "page next prev previous resume continuation continue cursor base quote in out from to tx txn transaction sync pagination "
    "collateral reward lp native gas fee nft input output buy sell source target dest destination stop special max min total "
    "prompt completion pad eos bos unk block method function time first second stake staking pool wrapped governance utility "
    "meme spl trade order deposit withdrawal transfer mint swap settle margin stable"
)
"""Words that, before a weak one, speak of pages, coins or transactions instead (`next_page_token`,
`tx_signature`)."""

KEY_HARMLESS: Final[frozenset[str]] = words_of(
    "public pub pubkey cache sort primary foreign partition idempotency row dedup dedupe deduplication routing group hash "
    "range index map object s message trace join lookup order trade symbol market field event column registry config dict json "
    "i n hot short shortcut translation owner mint pool program authority payer shard bucket file metric label stream topic "
    "record compound natural surrogate unique redis kv state position candle host known answer strategy exchange request "
    "correlation"
)
"""Words that, before `key`, say that it unlocks nothing."""

PUBLIC: Final[frozenset[str]] = frozenset({"public", "pub", "publishable", "공개"})

COUNTING: Final[frozenset[str]] = words_of(
    "num n nb count has have is len require requires allow allows needs missing max min"
)
"""First words of names that count secrets, or say whether there are any."""

NEUTRAL_TAILS: Final[frozenset[str]] = words_of(
    "main backup old new test testnet mainnet live prod production staging dev demo paper sandbox b base hex pem raw value "
    "values confirm confirmation repeat str string text plain plaintext encoded enc encrypted bytes primary secondary current "
    "previous default override "
    "data v read write readonly ro rw spot futures future perp margin swap options usdm coinm sub subaccount unmasked der utf "
    "b64 base64 binance binanceus bybit okx okex kucoin kraken coinbase bitget bitfinex bitmex deribit gate gateio gemini "
    "huobi htx mexc upbit bithumb coinone korbit phemex bitstamp bitmart bingx hyperliquid dydx woo cryptocom poloniex alpaca "
    "ibkr oanda kis telegram discord slack openai anthropic github grafana loki postgres mysql redis smtp twilio sendgrid aws "
    "gcp azure"
)
"""Words at the end of a name that say which one it is, not what it is."""

DESCRIBING_TAILS: Final[frozenset[str]] = words_of(
    "fingerprint hash digest last checksum id ids name names path file url uri ref arn version type kind count length len size "
    "at algo algorithm header field env var prefix hint mask masked status state policy address symbol amount balance owner "
    "price domain domains jar consent required valid missing error errors check reset manager service provider store config "
    "settings format encoding source scope scopes permissions permission enabled disabled strength exp age only change changed "
    "day rotation ttl age days attempts limit usage plan used set date time expiry expires created updated label title index "
    "uuid sha md"
)
"""Words at the end of a name that describe a secret instead of being one."""
