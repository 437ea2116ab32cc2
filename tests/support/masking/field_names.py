"""Names of fields by the class that masking gives them."""

# ruff: noqa: SIM905 - tables of words
from __future__ import annotations

STRONG_NAMES = (
    "api_key apiKey API_KEY api-key APIKEY apikey X-MBX-APIKEY X-BAPI-API-KEY OK-ACCESS-KEY KC-API-KEY KC-API-PASSPHRASE binance_api_key "
    "api_secret apiSecret secret SECRET secretKey secret_key client_secret consumer_secret app_secret appSecret appkey appKey "
    "private_key privateKey PRIVATE_KEY signing_key signingKey access_key AccessKey accessKeyId api_key_id encryption_key listenKey "
    "listen_key password passwd PASSWORD db_password dbPassword passphrase pwd authorization Authorization Proxy-Authorization cookie "
    "Set-Cookie access_token accessToken refresh_token id_token auth_token authToken bot_token telegram_bot_token session_token csrf_token "
    "X-CSRF-Token mnemonic seed_phrase recovery_phrase otp totp totp_secret pin wif credentials bearer jwt api_key_2 api_key_old "
    "secret_main API_SECRET_TESTNET bfxapikey approval_key webhook_secret session_id "
    "비밀번호 API키 시크릿 비밀키 개인키 접근토큰 앱키 API_시크릿 거래소_비밀번호"
).split()
WEAK_NAMES = "token sign signature sig auth session X-BAPI-SIGN OK-ACCESS-SIGN signature_value api_sign hmac".split()
KEYISH_NAMES = "key mexc_key KEY".split()

DESCRIBING_NAMES = (
    "api_key_expires_at api_key_last4 api_key_name token_type token_symbol token_address signature_algo password_attempts key_file key_path "
    "secret_name api_key_fingerprint password_policy authorization_status cookie_count session_count auth_method sign_method "
    "next_page_token tx_signature page_token quote_token base_token public_key publicKey cache_key sort_key primary_key idempotency_key "
    "distance_to_tp passed author keyboard monkey token_count signal position design pinned tokenizer compass secretary "
    "비밀번호_변경일 암호화폐 토큰_종류 login account_number symbol order_id client_order_id trade_id correlation_id"
).split()
