"""The alerts in Korean: what is said when one fires, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ALERTS_KOREAN: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "BotHeartbeatMissing": (
            "{bot_name}의 하트비트가 3분 동안 없습니다.",
            (
                "먼저 거래소에서 포지션을 확인하십시오. 프로세스가 실행 중인지, 다른 봇의 로그는 들어오는지 확인합니다. "
                "의도한 중지라면 이 bot_name의 알림을 잠시 끄십시오."
            ),
        ),
        "BotRestarting": (
            "{bot_name}이(가) 30분 동안 {value}번 시작되었습니다.",
            "에러 로그에서 매 시작 직전의 ERROR를 확인하고, 거래소에서 중복 주문이 없는지 확인하십시오.",
        ),
        "CriticalLogged": (
            "{bot_name}에서 5분 동안 critical 로그 {value}건이 발생했습니다.",
            "에러 로그에서 해당 줄과 예외를 확인하고 correlation_id로 시그널을 추적하십시오.",
        ),
        "ErrorBurst": (
            "{bot_name}에서 5분 동안 에러 {value}건이 발생했습니다.",
            "유형별 에러에서 종류를 확인하십시오. 거래소 문제라면 거래소 공지를, 한 종류라면 예외 내용을 봅니다.",
        ),
        "LoopSlow": (
            "{bot_name}의 주 루프 한 바퀴에 {value} ms가 걸렸습니다.",
            "API 지연과 비교하십시오. API가 빠르다면 계산에 시간이 걸리는 것이니 전략 코드를 점검하십시오.",
        ),
        "DailyLossLimit": (
            "{bot_name}의 오늘 손실이 한도에 이르렀습니다 ({quote}, 한도의 {value:percent}).",
            "신규 진입을 막고, 청산 사유별 손익과 최근 거래를 확인하십시오.",
        ),
        "DailyLossWarning": (
            "{bot_name}의 오늘 손실이 한도의 {value:percent}입니다 ({quote}).",
            "계속 운용할지 지금 결정하십시오. 100 %에서 DailyLossLimit이 발생합니다.",
        ),
        "DrawdownHigh": (
            "{bot_name}의 자산이 최고점에서 {value} % 내려갔습니다 ({quote}).",
            "백테스트의 최대 낙폭과 비교하십시오. 더 크다면 시장이 전략의 가정을 벗어난 것입니다.",
        ),
        "RiskTriggered": (
            "{bot_name}: 리스크 규칙 {rule}이(가) 발동되었습니다.",
            "리스크 이벤트에서 값, 한도, 조치를 확인하고 거래소에서 조치가 실제로 이루어졌는지 확인하십시오.",
        ),
        "OrderRejects": (
            "{exchange}이(가) 15분 동안 {bot_name}의 주문 {value}건을 거부했습니다.",
            "ORDER 로그에서 사유를 확인하고, 잔고와 API 키 권한을 점검하십시오.",
        ),
        "ApiDown": (
            "5분 동안 {bot_name}의 {exchange} 요청 {value}건이 모두 실패했습니다.",
            (
                "상태 코드를 확인하십시오. 0은 무응답, 401·403은 키, 418·429는 차단, 5xx는 거래소 문제입니다. "
                "보유 포지션은 거래소 화면에서 직접 관리하십시오."
            ),
        ),
        "ApiErrorRateHigh": (
            "{bot_name}의 {exchange} 요청 중 {value:percent}가 실패합니다.",
            "엔드포인트별 에러율에서 특정 경로인지 확인하십시오. 실패한 호출에 로그가 있습니다.",
        ),
        "ApiLatencyHigh": (
            "{bot_name}의 {exchange} 요청이 {value} ms 걸립니다 (P95).",
            "엔드포인트별 지연에서 한 경로인지 전체인지 확인하십시오. 전체라면 네트워크 문제입니다.",
        ),
        "RateLimited": (
            "{exchange}이(가) 5분 동안 {bot_name}의 요청 {value}건을 제한했습니다.",
            "엔드포인트별 요청률을 확인하고, 조회 주기를 늘리거나 WebSocket을 사용하십시오.",
        ),
        "WebSocketDown": (
            "{bot_name}의 WebSocket 연결이 3분 동안 없습니다.",
            "WS 로그에서 종료 코드를 확인하십시오. 스스로 재연결하지 않으면 봇을 재시작하십시오.",
        ),
        "WebSocketDrop": (
            "{bot_name}의 WebSocket 연결 {value}개가 끊겼습니다.",
            "WS 로그에서 스트림과 종료 코드를 확인하십시오.",
        ),
        "NoSignals": (
            "{bot_name}은(는) 살아 있지만 판단을 내리지 않고 있습니다.",
            "캔들이 들어오는지(마지막 캔들), 모델이 응답하는지(AI 호출), 에러 로그가 있는지 확인하십시오.",
        ),
        "StaleMarketData": (
            "{bot_name}에 {symbol} {timeframe} 캔들이 세 개 넘게 들어오지 않았습니다.",
            "한 종목(상장 폐지, 거래 정지)인지 거래소 전체인지 확인하고, WebSocket 연결과 API 호출을 점검하십시오.",
        ),
        "LowConfidence": (
            "{bot_name}의 평균 신뢰도가 {value:percent}입니다.",
            "시그널별 신뢰도의 최근 몇 주와 비교하십시오. 시장이 변했는지, 모델이 변했는지 확인합니다.",
        ),
        "AiCostHigh": (
            "{bot_name}의 모델 비용이 24시간 동안 {value} USD입니다.",
            "모델별 AI 호출을 확인하십시오. 틱마다 호출하는 루프가 흔한 원인입니다.",
        ),
        "DiscordFailing": (
            "15분 동안 {bot_name}의 Discord 메시지 {value}건이 전송되지 않았습니다.",
            "Discord 알림에서 HTTP 상태를 확인하십시오. 401·404는 웹훅 삭제, 429는 과다 전송입니다.",
        ),
        "LogsMissing": (
            "5분 동안 로그가 한 줄도 도착하지 않았습니다.",
            (
                "먼저 거래소에서 포지션을 확인하십시오. 봇이 실행 중인지(logging-kit tail -f), Promtail이 실행 중이고 Loki에 "
                "연결되는지 확인합니다. 로그는 파일에 남아 있으며 나중에 도착합니다."
            ),
        ),
        "NoBotAlive": (
            "로그는 들어오지만 하루 동안 하트비트를 남긴 봇이 없습니다.",
            "BotHeartbeatMissing과 같이 조치하십시오. 누가 쓰는지는 모든 로그에서 확인합니다.",
        ),
        "SecretLeak": (
            "{job}의 로그 {value}줄에 키로 보이는 문자열이 있습니다.",
            "Explore에서 해당 줄을 찾아 키를 즉시 폐기하고, 필드 이름을 mask_names에 등록하십시오.",
        ),
        "LogsDropped": (
            "{bot_name}이(가) 15분 동안 로그 {value}줄을 쓰지 못했습니다.",
            "봇 서버에서 df -h로 디스크를 확인하십시오. 유실 직후의 로그에 dropped 필드와 사유가 있습니다.",
        ),
        "UnparseableLogs": (
            "{job}의 로그 {value}줄이 JSON이 아닙니다.",
            "모든 로그에서 해당 줄을 찾고, 그 프로그램이 다른 파일에 쓰도록 하십시오.",
        ),
        "LokiDown": (
            "Loki가 Grafana에 응답하지 않습니다.",
            "docker compose logs loki를 확인하십시오. 디스크가 가득 찬 경우가 많습니다. 로그는 파일에 있습니다.",
        ),
        "Watchdog": (
            "알림이 동작하고 있습니다.",
            "조치할 것이 없습니다. 외부 감시 서비스가 이 알림이 끊기면 연락합니다.",
        ),
    }
)
"""Alert → (its summary, what to do)."""
