"""Names of secrets in other languages than English and Korean, without accents.

A name is judged by its last words, as in `name_words`. Accents, full-width letters and invisible
characters are removed before a name is compared.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = (
    # German
    "passwort passworter kennwort kennworter geheimnis geheimschlussel losungswort passphrase zugangsschlussel "
    "apischlussel privatschlussel schlusselwort zugangstoken wiederherstellungsphrase "
    # Spanish, Portuguese, Italian
    "contrasena contrasenas contrasenia clavesecreta senha senhas palavrachave parolachiave "
    # Russian and Ukrainian
    "пароль пароли пароля паролем секрет мнемоника токен парольнаяфраза сидфраза ключапи "
    # Turkish, Polish, Dutch, Swedish, Vietnamese, Indonesian
    "parola sifre haslo wachtwoord losenord matkhau katasandi "
    # Chinese
    "密码 密碼 口令 密钥 密鑰 私钥 私鑰 密匙 私匙 助记词 助記詞 令牌 访问令牌 访问密钥 验证码 安全码 交易密码 资金密码 登录密码 "
    "api密钥 接口密钥 秘钥 秘密密钥 "
    # Japanese
    "パスワード 秘密鍵 暗証番号 トークン アクセストークン シークレット シークレットキー apiキー アクセスキー パスフレーズ "
    "ニーモニック リカバリーフレーズ シードフレーズ 認証コード 確認コード 合言葉 暗号鍵 秘密キー "
)
_PHRASES: Final = (
    "geheimer schlussel, privater schlussel, api schlussel, secret schlussel, clave secreta, clave privada, clave api, clave de api, "
    "clave de acceso, clave de firma, api clave, token de acceso, frase semilla, frase secreta, frase de recuperacion, frase mnemonica, "
    "palabras semilla, codigo de verificacion, chave secreta, chave privada, chave api, chave da api, chave de api, chave de acesso, "
    "token de acesso, frase de recuperacao, frase semente, codigo de verificacao, mot de passe, mots de passe, cle secrete, cle privee, "
    "cle api, cle d api, cle d acces, jeton d acces, jeton secret, phrase secrete, phrase de recuperation, phrase mnemonique, "
    "phrase de passe, code secret, chiave segreta, chiave privata, chiave api, parola chiave, frase segreta, "
    "секретный ключ, секретного ключа, закрытый ключ, приватный ключ, приватного ключа, личный ключ, ключ api, api ключ, апи ключ, "
    "ключ апи, ключ доступа, токен доступа, токен бота, сид фраза, seed фраза, секретная фраза, мнемоническая фраза, парольная фраза, "
    "фраза восстановления, код подтверждения, секретный код, секретне слово, секретний ключ, "
    "mat khau, kata sandi, gizli anahtar, api anahtari, klucz prywatny, klucz api, "
    "api 密钥, api 密鑰, api 秘钥, secret 密钥, api キー, secret キー, アクセス キー, シークレット キー, 秘密 キー, api シークレット, "
    "api トークン, アクセス トークン, bot トークン, api 令牌, access 令牌, 访问 密钥, 私 钥"
)

FOREIGN_SECRET_WORDS: Final = frozenset((*_WORDS.split(), *_PHRASES.split(", ")))
"""A value under such a name is a secret, whatever it looks like."""

FOREIGN_ENDINGS: Final = (
    "passwort", "kennwort", "schlusselwort", "contrasena", "geheimschlussel", "пароль", "密码", "密碼", "口令", "密钥", "密鑰",
    "秘钥", "私钥", "私鑰", "助记词", "助記詞", "パスワード", "秘密鍵", "暗証番号", "シークレットキー", "アクセストークン",
    "アクセスキー", "apiキー", "パスフレーズ", "wachtwoord",
)  # fmt: skip
"""Endings of names that are written as one word."""

ASCII_STEMS: Final = (
    "clave", "chave", "senha", "wort", "haslo", "sifre", "parola", "acce", "recup", "semilla", "sandi", "khau", "anahtar",
    "privad", "clave api", "clave de api", "chave api", "chave da api", "chave de api", "chiave api",
)  # fmt: skip
"""Parts of ASCII names for which texts are searched, besides the English ones."""

OTHER_STEMS: Final = (
    "clé api", "cle api", "ключ api", "ключ апи", "доступ", "contrase", "schlüssel", "geheim", "clé", "cle",
    "secrète", "privée", "priv", "accès", "récup", "recuper", "mnem", "jeton",
    "парол", "ключ", "секрет", "токен", "фраз", "мнемо", "код", "слово", "şifre", "hasło", "klucz", "khẩu", "鍵", "钥", "鑰", "匙",
    "码", "碼", "令牌", "口令", "助记词", "助記詞", "パス", "キー", "トークン", "シークレット", "ニーモニック", "フレーズ",
    "コード", "暗証番号", "合言葉",
)  # fmt: skip
"""The same for texts with other letters than ASCII."""
