"""The sentences that explain the panels, in Korean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ABOUT: Final[Mapping[str, str]] = {
    "{event} in {file}.log": "{file}.log의 {event}",
    "all lines of all files": "모든 파일의 모든 로그",
    "in the last {window}": "최근 {window} 동안",
    "in the time range": "선택한 기간에",
    "no matching {event} event {span}, or bot or pipeline is down.": (
        "{span} 조건에 맞는 {event} 이벤트가 없거나, 봇 또는 파이프라인이 중단되었습니다."
    ),
    "no {event} event {span}. 0: there was one, and none counts.": (
        "{span} {event} 이벤트가 없습니다. 0은 이벤트는 있었지만 해당하는 것이 없다는 뜻입니다."
    ),
    "no line {span}, or bot or pipeline is down.": "{span} 로그가 없거나, 봇 또는 파이프라인이 중단되었습니다.",
    "not one line arrived {span}: bot or pipeline is down. 0: lines arrived, and none of these.": (
        "{span} 로그가 한 줄도 도착하지 않았습니다. "
        "봇 또는 파이프라인이 중단된 상태입니다. 0은 로그는 도착했지만 해당하는 것이 없다는 뜻입니다."
    ),
    "not one line arrived in the time range: bot or pipeline is down. 0: lines arrived, and no request.": (
        "선택한 기간에 로그가 한 줄도 도착하지 않았습니다. "
        "봇 또는 파이프라인이 중단된 상태입니다. 0은 로그는 도착했지만 요청이 없었다는 뜻입니다."
    ),
    "never shown: without a heartbeat it says DOWN, whether the bot, the shipper or Loki is at fault.": (
        "표시되지 않습니다. 하트비트가 없으면 봇, 수집기, Loki 중 무엇이 원인이든 중단으로 표시합니다."
    ),
    "never shown: without a heartbeat it says 0, whether the bots, the shipper or Loki is at fault.": (
        "표시되지 않습니다. 하트비트가 없으면 봇, 수집기, Loki 중 무엇이 원인이든 0으로 표시합니다."
    ),
    "UP while at least one of the chosen bots wrote a heartbeat in the last 3 minutes.": (
        "선택한 봇 가운데 하나라도 최근 3분 안에 하트비트를 남겼으면 정상입니다."
    ),
    "Value of the accounts, open positions included: the newest snapshot of each bot, added up by currency.": (
        "보유 포지션을 포함한 계좌 가치입니다. 봇마다 가장 최근 스냅숏을 통화별로 합산합니다."
    ),
    "Profit of the exits and partial exits in the time range, net of fees, by currency.": (
        "선택한 기간의 청산과 부분 청산 손익입니다. 수수료를 뺀 금액을 통화별로 표시합니다."
    ),
    "no snapshot of a position in the last 15 minutes: flat for longer, or bot or pipeline is down.": (
        "최근 15분 동안 포지션 스냅숏이 없습니다. 오래 무포지션이거나, 봇 또는 파이프라인이 중단되었습니다."
    ),
    "Profit if every position were closed now: the newest snapshot of each, added up by currency.": (
        "모든 포지션을 지금 청산할 때의 손익입니다. 각 포지션의 최신 스냅숏을 통화별로 합산합니다."
    ),
    "Closed trades that ended in a win, of all that were closed in the time range.": (
        "선택한 기간에 청산된 거래 가운데 이익으로 끝난 비율입니다."
    ),
    "Positions whose newest snapshot of the last 15 minutes is not flat.": (
        "최근 15분의 최신 스냅숏이 무포지션이 아닌 포지션 수입니다."
    ),
    "LONG decisions in the time range, whether or not an order followed.": (
        "선택한 기간의 LONG 판단 수입니다. 주문으로 이어졌는지는 따지지 않습니다."
    ),
    "SHORT decisions in the time range, whether or not an order followed.": (
        "선택한 기간의 SHORT 판단 수입니다. 주문으로 이어졌는지는 따지지 않습니다."
    ),
    "WAIT decisions in the time range, whether or not an order followed.": (
        "선택한 기간의 WAIT 판단 수입니다. 주문으로 이어졌는지는 따지지 않습니다."
    ),
    "LONG, SHORT and WAIT as parts of all decisions in the time range.": (
        "선택한 기간의 모든 판단 중 LONG, SHORT, WAIT의 비율입니다."
    ),
    "Decisions per hour (per step, when the range is long). A bar holds the hour that ended there.": (
        "시간당 판단 수입니다(기간이 길면 간격당). 막대는 그 시각에 끝난 한 시간을 나타냅니다."
    ),
    "no TRADE exit since midnight, or bot or pipeline is down.": (
        "자정 이후 TRADE 청산이 없거나, 봇 또는 파이프라인이 중단되었습니다."
    ),
    "Profit of the exits and partial exits since midnight in the dashboard's time zone, net of fees, by currency.": (
        "대시보드 시간대의 자정 이후 청산과 부분 청산 손익입니다. 수수료를 뺀 금액을 통화별로 표시합니다."
    ),
    "Round trips that ended in the time range; partial exits are not counted.": (
        "선택한 기간에 끝난 왕복 거래 수입니다. 부분 청산은 세지 않습니다."
    ),
    "Orders sent in the time range. Each is counted once, however often its status changed.": (
        "선택한 기간에 보낸 주문 수입니다. 상태가 몇 번 바뀌어도 한 번만 셉니다."
    ),
    "Filled orders, of those that ended in the time range (filled, rejected, canceled or expired).": (
        "선택한 기간에 끝난 주문(체결, 거부, 취소, 만료) 가운데 체결된 비율입니다."
    ),
    "Entries and exits, newest first. Click a line for its ids; correlation_id leads to the signal behind it.": (
        "진입과 청산을 최신순으로 보여 줍니다. 줄을 누르면 식별자가 보이고, correlation_id는 근거가 된 시그널로 이어집니다."
    ),
    "Orders sent in the time range, bought and sold.": "선택한 기간에 보낸 매수·매도 주문입니다.",
    "What became of the orders. An order that was accepted and then filled is in both parts.": (
        "주문의 처리 결과입니다. 접수된 뒤 체결된 주문은 양쪽에 모두 들어갑니다."
    ),
    "Orders sent in the time range, by the exchange they went to.": "선택한 기간에 보낸 주문을 거래소별로 나눈 것입니다.",
    "Realized profit since the account began, as each bot last reported it; gaps shorter than an hour are bridged.": (
        "계좌 시작 이후의 실현 손익을 봇이 마지막으로 보고한 값으로 표시합니다. 한 시간보다 짧은 공백은 이어 그립니다."
    ),
    "all is flat, or no snapshot came in the last 15 minutes (Open positions tells them apart).": (
        "모두 무포지션이거나 최근 15분 동안 스냅숏이 없습니다(보유 포지션 패널에서 구분할 수 있습니다)."
    ),
    "Value of the open positions, added up over the chosen bots.": "선택한 봇의 보유 포지션 평가액 합계입니다.",
    "Open WebSocket connections, added up over the chosen bots.": "선택한 봇의 열린 WebSocket 연결 수 합계입니다.",
    "The fewest open connections that a bot reported in each step: a short drop stays visible.": (
        "간격마다 봇이 보고한 최소 연결 수입니다. 짧은 끊김도 드러납니다."
    ),
    "Messages to Discord, newest first, and whether Discord took them.": (
        "Discord로 보낸 메시지와 전송 결과를 최신순으로 보여 줍니다."
    ),
    "Is the bot up, what did it earn, what did it do: signals, trades, orders, positions.": (
        "봇이 살아 있는지, 얼마를 벌었는지, 무엇을 했는지: 시그널, 거래, 주문, 포지션."
    ),
    "Names of bots, each as it is; type one and press Enter": "봇 이름 그대로 입력하고 Enter를 누르십시오(여러 개 가능)",
    "Symbols such as BTC/USDT, each as it is; type one and press Enter": "BTC/USDT 같은 종목을 그대로 입력하고 Enter를 누르십시오(여러 개 가능)",
    "Severity of the lines in log panels": "로그 패널에 표시할 심각도",
    "Text that the lines in log panels contain": "로그 패널의 줄에 포함된 문자열",
    "The other dashboards, with the same time range and filters": "같은 기간과 필터로 다른 대시보드 열기",
    "How sure the model was on average over all its decisions in the time range, from 0 to 100 %.": (
        "선택한 기간의 모든 판단에 대한 모델의 평균 신뢰도입니다(0~100 %)."
    ),
    "Average confidence of the decisions in each step; a step without a decision has no point.": (
        "간격별 판단의 평균 신뢰도입니다. 판단이 없는 간격에는 점이 없습니다."
    ),
    "How the parts of LONG, SHORT and WAIT change over time; each bar is 100 % of the decisions in its hour.": (
        "LONG, SHORT, WAIT 비율의 변화입니다. 막대 하나가 그 시간 판단의 100 %입니다."
    ),
    "Relative strength index as the bot computed it: above 70 overbought, below 30 oversold.": (
        "봇이 계산한 상대강도지수입니다. 70 이상은 과매수, 30 이하는 과매도입니다."
    ),
    "The decisions to trade, newest first. The correlation_id of a line leads to what followed.": (
        "거래하기로 한 판단을 최신순으로 보여 줍니다. 줄의 correlation_id는 그 뒤의 진행으로 이어집니다."
    ),
    "LONG and SHORT decisions with a confidence of 0.8 or more, of all of them.": (
        "LONG·SHORT 판단 가운데 신뢰도가 0.8 이상인 비율입니다."
    ),
    "Entries for each LONG or SHORT decision; above 100 % when one decision is entered in several parts.": (
        "LONG·SHORT 판단당 진입 수입니다. 한 판단을 나누어 진입하면 100 %를 넘습니다."
    ),
    "How long ago the newest LONG and the newest SHORT of the time range were.": (
        "선택한 기간의 마지막 LONG과 마지막 SHORT가 얼마 전이었는지 보여 줍니다."
    ),
    "Requests to models in the time range.": "선택한 기간의 모델 요청 수입니다.",
    "What the requests to models cost in the time range, as the bot reported it.": (
        "선택한 기간의 모델 요청 비용을 봇이 보고한 대로 보여 줍니다."
    ),
    "Closed trades that ended in a win, of all that were closed, LONG and SHORT apart.": (
        "청산된 거래 가운데 이익으로 끝난 비율을 LONG과 SHORT로 나누어 보여 줍니다."
    ),
    "Realized profit, net of fees, by the reason why the position was left, and by currency.": (
        "수수료를 뺀 실현 손익을 청산 사유와 통화별로 보여 줍니다."
    ),
    "Requests in the time range, by the model that was asked.": "선택한 기간의 요청을 모델별로 보여 줍니다.",
    "What the model decided, how sure it was, and what came of it.": (
        "모델이 무엇을 판단했고, 얼마나 확신했으며, 결과가 어땠는지."
    ),
    "Bots that wrote a heartbeat in the last 3 minutes.": "최근 3분 안에 하트비트를 남긴 봇 수입니다.",
    "How long ago each bot last wrote a heartbeat.": "봇마다 마지막 하트비트가 얼마 전이었는지 보여 줍니다.",
    "Seconds from each bot's newest heartbeat to the end of the time range; red from 2 minutes on.": (
        "봇의 마지막 하트비트부터 선택한 기간의 끝까지 걸린 초입니다. 2분부터 빨간색입니다."
    ),
    "Lines at error or critical in the last hour, whatever the time range.": (
        "선택한 기간과 관계없이 최근 1시간의 error·critical 로그 수입니다."
    ),
    "Requests that did what they should, of all in the time range.": "선택한 기간의 요청 가운데 성공한 비율입니다.",
    "every bot beats, or none did for a day (see Bot status, which tells them apart).": (
        "모든 봇이 응답하거나, 하루 동안 아무 봇도 응답하지 않았습니다(봇 상태 패널에서 구분할 수 있습니다)."
    ),
    "Bots with a heartbeat in the last 24 hours, but none in the last 3 minutes.": (
        "최근 24시간에는 하트비트가 있었지만 최근 3분에는 없는 봇입니다."
    ),
    "Starts of the chosen bots in the time range.": "선택한 기간에 선택한 봇이 시작된 횟수입니다.",
    "How often a rule that protects the account acted in the time range.": "선택한 기간에 계좌 보호 규칙이 발동한 횟수입니다.",
    "Messages that Discord accepted in the time range.": "선택한 기간에 Discord가 받아들인 메시지 수입니다.",
    "Messages that Discord did not accept in the time range.": "선택한 기간에 Discord가 받아들이지 않은 메시지 수입니다.",
    "Rules that protect the account: what they measured, what is allowed, what they did.": (
        "계좌 보호 규칙의 측정값, 허용 한도, 조치를 보여 줍니다."
    ),
    "Lines at error or critical, of all lines in each step.": "간격별 전체 로그 가운데 error·critical의 비율입니다.",
    "How much is logged, by severity. Lines that are no JSON have no level.": (
        "심각도별 로그 양입니다. JSON이 아닌 줄에는 레벨이 없습니다."
    ),
    "Lines at error or critical, newest first; the boxes level and search narrow them.": (
        "error·critical 로그를 최신순으로 보여 줍니다. 레벨과 검색 상자로 좁힐 수 있습니다."
    ),
    "ERROR events by the class of the exception; message means that there was none.": (
        "ERROR 이벤트를 예외 클래스별로 보여 줍니다. message는 예외가 없었다는 뜻입니다."
    ),
    "Requests to the exchanges and other services, newest first.": "거래소와 다른 서비스에 보낸 요청을 최신순으로 보여 줍니다.",
    "How long ago the newest line of the chosen bots was written.": (
        "선택한 봇의 마지막 로그가 얼마 전에 기록되었는지 보여 줍니다."
    ),
    "Lines in the files that are no JSON: another program writes there. Of all bots, since they name none.": (
        "파일 안의 JSON이 아닌 줄 수입니다. 다른 프로그램이 쓰고 있다는 뜻입니다. 봇 이름이 없으므로 모든 봇의 합계입니다."
    ),
    "Lines that the bots could not write: the most that one run of each reported in the time range.": (
        "봇이 쓰지 못한 로그 수입니다. 선택한 기간에 각 봇의 한 실행이 보고한 최댓값입니다."
    ),
    "All lines in the time range.": "선택한 기간의 모든 로그 수입니다.",
    "Bytes of the lines in each step, by the file they come from.": "간격별 로그 바이트 수를 파일별로 보여 줍니다.",
    "The slowest round of each bot's main loop in each step.": "간격마다 봇의 주 루프에서 가장 느린 한 바퀴의 시간입니다.",
    "Every line as it was written, newest first; the boxes level and search narrow them.": (
        "기록된 그대로의 모든 줄을 최신순으로 보여 줍니다. 레벨과 검색 상자로 좁힐 수 있습니다."
    ),
    "Does everything run, what fails, and do the logs arrive.": "모두 동작하는지, 무엇이 실패하는지, 로그가 도착하는지.",
    "Requests that the bots made per minute, on average over the time range.": (
        "선택한 기간에 봇이 보낸 분당 평균 요청 수입니다."
    ),
    "Half of the requests in the time range were answered faster than this.": (
        "선택한 기간의 요청 절반은 이보다 빨리 응답을 받았습니다."
    ),
    "95 of 100 requests in the time range were answered faster than this.": (
        "선택한 기간의 요청 100건 중 95건은 이보다 빨리 응답을 받았습니다."
    ),
    "99 of 100 requests in the time range were answered faster than this.": (
        "선택한 기간의 요청 100건 중 99건은 이보다 빨리 응답을 받았습니다."
    ),
    "Requests that failed, of all that the bots made in the time range: orange from 1 %, red from 5 % on.": (
        "선택한 기간에 봇이 보낸 요청 가운데 실패한 비율입니다. 1 %부터 주황색, 5 %부터 빨간색입니다."
    ),
    "no request in the last 5 minutes, or bot or pipeline is down.": (
        "최근 5분 동안 요청이 없거나, 봇 또는 파이프라인이 중단되었습니다."
    ),
    "UP while at least one of an exchange's answers in the last 5 minutes was good, DOWN when all of them failed.": (
        "최근 5분 동안 거래소의 응답이 하나라도 성공이면 정상, 모두 실패하면 중단입니다."
    ),
    "The latency that 95 of 100 requests of each path stayed under, in each step.": (
        "간격마다 경로별 요청 100건 중 95건이 넘지 않은 지연 시간입니다."
    ),
    "Requests per minute in each step, by path.": "간격별 분당 요청 수를 경로별로 보여 줍니다.",
    "Requests per minute in each step, by HTTP method or kind of call.": (
        "간격별 분당 요청 수를 HTTP 메서드 또는 호출 종류별로 보여 줍니다."
    ),
    "How the requests in the time range were answered; 0 is no answer at all.": (
        "선택한 기간의 요청이 받은 응답입니다. 0은 응답이 전혀 없었다는 뜻입니다."
    ),
    "The latency that 95 of 100 requests of each path stayed under, in the time range.": (
        "선택한 기간에 경로별 요청 100건 중 95건이 넘지 않은 지연 시간입니다."
    ),
    "Requests that failed, of all of each path in the time range.": "선택한 기간에 경로별 요청 가운데 실패한 비율입니다.",
    "Requests that had to wait because an exchange's rate limit was reached, in each step.": (
        "간격마다 거래소의 요청 한도에 도달해 기다려야 했던 요청 수입니다."
    ),
    "Questions to the rate limiter that were told to wait, of all in the time range.": (
        "선택한 기간에 요청 한도를 확인한 것 가운데 대기해야 했던 비율입니다."
    ),
    "Requests that failed, newest first, in both directions.": "양방향의 실패한 요청을 최신순으로 보여 줍니다.",
    "Requests to the bots' own HTTP API per minute in each step, by method.": (
        "간격별로 봇의 HTTP API에 들어온 분당 요청 수를 메서드별로 보여 줍니다."
    ),
    "The time in which 95 of 100 requests to the bots' own API were answered, in each step, by path.": (
        "간격마다 봇의 API에 들어온 요청 100건 중 95건이 응답받은 시간을 경로별로 보여 줍니다."
    ),
    "How the bots answered the requests in the time range.": "선택한 기간의 요청에 봇이 어떻게 응답했는지 보여 줍니다.",
    "How fast and how well the exchanges answer, and how often they tell the bot to wait.": (
        "거래소가 얼마나 빠르고 정확하게 응답하는지, 얼마나 자주 기다리게 하는지."
    ),
    "Return of each account since it began, from its newest snapshot of the last hour.": (
        "계좌 시작 이후의 수익률을 최근 1시간의 최신 스냅숏으로 보여 줍니다."
    ),
    "Return of the open positions of each account, from its newest snapshot of the last hour.": (
        "계좌별 보유 포지션의 수익률을 최근 1시간의 최신 스냅숏으로 보여 줍니다."
    ),
    "there was no loss in the time range, or bot or pipeline is down.": (
        "선택한 기간에 손실이 없었거나, 봇 또는 파이프라인이 중단되었습니다."
    ),
    "All gains divided by all losses in the time range, by currency; above 1 the bots earn.": (
        "선택한 기간의 총이익을 총손실로 나눈 값을 통화별로 보여 줍니다. 1보다 크면 수익입니다."
    ),
    "The farthest that each account was below its highest equity in the time range.": (
        "선택한 기간에 계좌가 최고 평가 자산에서 가장 많이 내려간 폭입니다."
    ),
    "Size of the positions by symbol, negative when short, added up over the chosen bots.": (
        "종목별 포지션 크기입니다. 숏은 음수이며 선택한 봇을 합산합니다."
    ),
    "Value of the accounts and what was realized since they began, as the bots last reported it in each step.": (
        "간격마다 봇이 마지막으로 보고한 계좌 가치와 시작 이후의 실현 손익입니다."
    ),
    "How far each account was below its highest equity, at worst in each step.": (
        "간격마다 계좌가 최고 평가 자산에서 가장 많이 내려간 폭입니다."
    ),
    "Realized profit of each UTC day, net of fees, by currency. A bar comes when that UTC day is over and stands where it ended; "
    "until then see Realized PnL today (Trading Overview).": (
        "UTC 날짜별 실현 손익(수수료 차감, 통화별). 막대는 하루가 끝난 자리에 생기고, 그 전에는 오늘 실현 손익(트레이딩 현황) 참조."
    ),
    "Realized profit in the time range, net of fees, by market.": (
        "선택한 기간의 실현 손익을 수수료를 빼고 종목별로 보여 줍니다."
    ),
    "Realized profit in the time range, net of fees, by the strategy that decided.": (
        "선택한 기간의 실현 손익을 수수료를 빼고 판단한 전략별로 보여 줍니다."
    ),
    "The newest round trips that ended in the time range. The last column leads to the signal behind each.": (
        "선택한 기간에 끝난 최근 왕복 거래입니다. 마지막 열은 근거가 된 시그널로 이어집니다."
    ),
    "The most that one exit earned in the time range, and the least, net of fees, by currency.": (
        "선택한 기간에 청산 한 번으로 가장 많이 번 금액과 가장 적게 번 금액입니다. 수수료를 빼고 통화별로 표시합니다."
    ),
    "Profit of the closed trades in units of the risk taken: on average, the best and the worst.": (
        "청산된 거래의 손익을 감수한 위험의 배수로 나타낸 평균, 최고, 최저입니다."
    ),
    "Half of the closed trades were over faster than this.": "청산된 거래의 절반은 이보다 빨리 끝났습니다.",
    "Orders that were filled in the last 2 days, whatever the time range; exact also after restarts.": (
        "선택한 기간과 관계없이 최근 2일 동안 체결된 주문 수입니다. 재시작 후에도 정확합니다."
    ),
    "The newest snapshots of positions: what each was bought for, and what it is worth.": (
        "포지션의 최신 스냅숏입니다. 진입 가격과 현재 가치를 보여 줍니다."
    ),
    "Profit if every position were closed now, by market, added up over the chosen bots.": (
        "모든 포지션을 지금 청산할 때의 손익을 종목별로, 선택한 봇을 합산하여 보여 줍니다."
    ),
    "Closing price of the newest candle in each step; the marks are the bots' entries.": (
        "간격마다 최신 캔들의 종가입니다. 표시는 봇의 진입입니다."
    ),
    "Volatility as the bots computed it, newest value of each step.": "봇이 계산한 변동성의 간격별 최신 값입니다.",
    "The newest volatility of the last 2 hours; an older one is not shown as if it were of now.": (
        "최근 2시간의 최신 변동성입니다. 더 오래된 값은 현재 값처럼 보여 주지 않습니다."
    ),
    "When the newest candle that each bot knows began, from its newest heartbeat.": (
        "봇이 아는 가장 최근 캔들의 시작 시각을 마지막 하트비트에서 가져옵니다."
    ),
    "How long ago the newest LONG, SHORT and WAIT of the time range were.": (
        "선택한 기간의 마지막 LONG, SHORT, WAIT가 얼마 전이었는지 보여 줍니다."
    ),
    "no ERROR event in the last 5 minutes, or bot or pipeline is down (see Loop delay).": (
        "최근 5분 동안 ERROR 이벤트가 없거나, 봇 또는 파이프라인이 중단되었습니다(루프 지연 패널 참고)."
    ),
    "ERROR events of the last 5 minutes by the class of the exception, whatever the time range.": (
        "선택한 기간과 관계없이 최근 5분의 ERROR 이벤트를 예외 클래스별로 보여 줍니다."
    ),
    "What is open, what was earned, and what the accounts are worth.": (
        "무엇을 보유하고, 얼마를 벌었으며, 계좌의 가치가 얼마인지."
    ),
    "What was decided, and for which market.": "어떤 종목에 대해 무엇을 판단했는지 보여 줍니다.",
    "How sure the model was.": "모델이 얼마나 확신했는지 보여 줍니다.",
    "no order of this signal was filled in the time range, or the signal itself is not in it.": (
        "선택한 기간에 이 시그널의 주문이 체결되지 않았거나, 시그널 자체가 기간 밖에 있습니다."
    ),
    "Time from the decision to the newest fill of its orders.": "판단부터 그 주문의 마지막 체결까지 걸린 시간입니다.",
    "Realized profit of the trades of this signal, net of fees, by currency.": (
        "이 시그널에서 나온 거래의 실현 손익입니다. 수수료를 빼고 통화별로 표시합니다."
    ),
    "Time that the requests of this signal took together.": "이 시그널의 요청에 걸린 시간의 합입니다.",
    "Lines of this signal at error or critical.": "이 시그널의 error·critical 로그 수입니다.",
    "Every line of this signal, in the order in which they were written. Click one for all its fields.": (
        "이 시그널의 모든 로그를 기록된 순서대로 보여 줍니다. 줄을 누르면 모든 필드가 보입니다."
    ),
    "Steps in the life of the orders of this signal.": "이 시그널에서 나온 주문의 상태 변화입니다.",
    "How many lines of each kind belong to this signal; plain lines have none.": (
        "이 시그널에 속한 로그를 이벤트별로 센 것입니다. 일반 로그에는 이벤트가 없습니다."
    ),
    "One decision and all that followed from it: orders, fills, requests, errors. Reached by the correlation_id of any line.": (
        "판단 하나와 그 뒤의 모든 진행: 주문, 체결, 요청, 에러. 어느 로그든 correlation_id로 이동할 수 있습니다."
    ),
    "The value that the panels are about": "패널이 다루는 값",
}
"""English → Korean."""
