"""The typed methods of `BotLogger`, for type checkers and editors.

Generated from the catalogue by `python scripts/generate.py`. It is never imported at run time.
"""
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, SupportsFloat, overload

from .api_call import ApiCall

Number = SupportsFloat


class EventMethods:
    """A method for each event."""

    @overload
    def event(
        self, name: Literal["SIGNAL"], /, *values: Any, message: str | None = None, **fields: Any
    ) -> str: ...

    @overload
    def event(
        self, name: Literal["API_CALL"], /, *values: Any, message: str | None = None, **fields: Any
    ) -> ApiCall: ...

    @overload
    def event(
        self, name: str, /, *values: Any, message: str | None = None, **fields: Any
    ) -> None: ...

    def event(
        self, name: str, /, *values: Any, message: str | None = None, **fields: Any
    ) -> str | ApiCall | None:
        """Write an event by its name: one of the catalogue, or one of the bot's own.

        Args:
            name: Its type, such as FUNDING.
            values: Values of its positional fields.
            message: Text of the line instead of the usual one.
            fields: Its fields.
        """
        raise NotImplementedError

    def signal(
        self,
        signal: Literal["LONG", "SHORT", "WAIT"],
        *,
        confidence: Number,
        symbol: str,
        price: Number | None = None,
        strategy: str | None = None,
        timeframe: str | None = None,
        model: str | None = None,
        reason: str | None = None,
        rsi: Number | None = None,
        correlation_id: str | int | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> str:
        """The decision of the strategy or model, whether or not an order follows.

        Args:
            signal:         the decision.
            confidence:     how sure it is, ratio.
            symbol:         market in ccxt's unified form, such as BTC/USDT.
            price:          price, quote currency.
            strategy:       name of the strategy that decided.
            timeframe:      length of a candle, such as 1h.
            model:          model or rule that decided.
            reason:         why, in words.
            rsi:            relative strength index at the decision, 0 to 100.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def order(
        self,
        status: Literal["submitted", "accepted", "partially_filled", "filled", "canceled", "rejected", "expired"],
        *,
        order_id: str | int,
        symbol: str,
        exchange: str,
        side: Literal["buy", "sell"],
        qty: Number,
        client_order_id: str | int | None = None,
        order_type: Literal["market", "limit", "stop", "stop_limit", "take_profit", "trailing_stop"] | None = None,
        price: Number | None = None,
        filled_qty: Number | None = None,
        avg_price: Number | None = None,
        fee: Number | None = None,
        fee_currency: str | None = None,
        reduce_only: bool | None = None,
        reason: str | None = None,
        latency_ms: Number | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """One step in the life of an order; each change of its status is an event of its own.

        Args:
            order_id:        the exchange's id of the order.
            symbol:          market in ccxt's unified form, such as BTC/USDT.
            exchange:        ccxt's id of the exchange, such as binance.
            side:            direction of the order.
            status:          what happened to it.
            qty:             amount ordered, base currency.
            client_order_id: the bot's own id of the order.
            order_type:      kind of order.
            price:           limit or trigger price, quote currency.
            filled_qty:      amount filled so far, base currency.
            avg_price:       average price of the fills, quote currency.
            fee:             fee so far, fee_currency.
            fee_currency:    currency of the fee.
            reduce_only:     whether it may only make a position smaller.
            reason:          why, in words.
            latency_ms:      time it took, ms.
            correlation_id:  ties a signal to what follows from it; at most 32 characters.
            strategy:        name of the strategy that decided.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def trade(
        self,
        action: Literal["entry", "exit", "partial_exit"],
        *,
        trade_id: str | int,
        position_side: Literal["LONG", "SHORT"],
        symbol: str,
        qty: Number,
        price: Number,
        pnl: Number | None = None,
        quote: str | None = None,
        entry_price: Number | None = None,
        exit_price: Number | None = None,
        pnl_pct: Number | None = None,
        r_multiple: Number | None = None,
        result: Literal["win", "loss", "breakeven"] | None = None,
        fee: Number | None = None,
        duration_s: Number | None = None,
        exit_reason: str | None = None,
        order_id: str | int | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """A position was entered, reduced or left. `pnl` is net of fees and of this leg alone.

        Args:
            trade_id:       id of the round trip, the same from entry to exit.
            action:         what was done.
            position_side:  side of the position.
            symbol:         market in ccxt's unified form, such as BTC/USDT.
            qty:            amount, base currency.
            price:          price, quote currency.
            pnl:            profit of this leg, net of fees, quote currency; required when action is exit or partial_exit.
            quote:          currency of the amounts, such as USDT; required when action is exit or partial_exit.
            entry_price:    average price of the entry, quote currency.
            exit_price:     average price of the exit, quote currency.
            pnl_pct:        profit of this leg, percent.
            r_multiple:     profit in units of the risk taken, R.
            result:         how the round trip ended; from the pnl of an exit if not given.
            fee:            fee of this leg, quote currency.
            duration_s:     time from entry to exit, s.
            exit_reason:    why the position was left, in one word.
            order_id:       the exchange's id of the order.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def position(
        self,
        position_side: Literal["LONG", "SHORT", "FLAT"],
        *,
        symbol: str,
        qty: Number,
        entry_price: Number | None = None,
        mark_price: Number | None = None,
        notional: Number | None = None,
        unrealized_pnl: Number | None = None,
        unrealized_pnl_pct: Number | None = None,
        leverage: Number | None = None,
        liquidation_price: Number | None = None,
        quote: str | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """A snapshot of one position: at each change and at least every five minutes.

        Args:
            symbol:             market in ccxt's unified form, such as BTC/USDT.
            position_side:      side of the position.
            qty:                size of the position, negative when short, base currency.
            entry_price:        average price of the entry, quote currency.
            mark_price:         price it is valued at, quote currency.
            notional:           value of the position, quote currency.
            unrealized_pnl:     profit if it were closed now, quote currency.
            unrealized_pnl_pct: the same, of its entry value, percent.
            leverage:           leverage, x.
            liquidation_price:  price of a forced close, quote currency.
            quote:              currency of the amounts, such as USDT.
            correlation_id:     ties a signal to what follows from it; at most 32 characters.
            strategy:           name of the strategy that decided.
            exchange:           ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def equity(
        self,
        equity: Number,
        *,
        quote: str,
        balance: Number | None = None,
        realized_pnl: Number | None = None,
        realized_pnl_today: Number | None = None,
        unrealized_pnl: Number | None = None,
        total_return_pct: Number | None = None,
        current_return_pct: Number | None = None,
        drawdown_pct: Number | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """A snapshot of the account.

        Args:
            equity:             value of the account with open positions, quote currency.
            quote:              currency of the amounts, such as USDT.
            balance:            value without open positions, quote currency.
            realized_pnl:       profit of all closed trades of the account, quote currency.
            realized_pnl_today: profit of the trades closed today, quote currency.
            unrealized_pnl:     profit of the open positions, quote currency.
            total_return_pct:   return since the account began, percent.
            current_return_pct: return of the open positions, percent.
            drawdown_pct:       distance from the highest equity, percent.
            correlation_id:     ties a signal to what follows from it; at most 32 characters.
            strategy:           name of the strategy that decided.
            exchange:           ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def heartbeat(
        self,
        *,
        uptime_s: Number,
        loop_ms: Number | None = None,
        ws_connections: int | None = None,
        open_positions: int | None = None,
        last_candle_ts: datetime | float | None = None,
        queue_depth: int | None = None,
        dropped_logs: int | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """The bot is alive; write one every 30 to 60 seconds.

        Args:
            uptime_s:       time since the start, s.
            loop_ms:        time of the last round of the main loop, ms.
            ws_connections: open WebSocket connections.
            open_positions: open positions.
            last_candle_ts: opening time of the newest candle, ms since 1970-01-01 UTC.
            queue_depth:    lines waiting for stdout, or over a second for the disk.
            dropped_logs:   lines lost since the start; filled in by the library.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def api_call(
        self,
        exchange: str,
        method: str,
        path: str,
        *,
        direction: Literal["out", "in"] | None = None,
        status: int | None = None,
        ok: bool | None = None,
        latency_ms: Number | None = None,
        attempt: int | None = None,
        error_type: str | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> ApiCall:
        """One request to an exchange or another service, or one that the bot answered.

        Args:
            direction:      out: the bot asked; in: the bot answered.
            method:         HTTP method or kind of call.
            path:           template of the path, without ids and query.
            status:         HTTP status, 0 when no answer came.
            ok:             whether it did what it should.
            latency_ms:     time it took, ms.
            exchange:       ccxt's id of the exchange, such as binance.
            attempt:        1 for the first try.
            error_type:     class of the exception, or message if there was none.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def notification(
        self,
        channel: Literal["discord", "telegram", "slack", "email"],
        *,
        ok: bool,
        kind: str | None = None,
        latency_ms: Number | None = None,
        status: int | None = None,
        error_type: str | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """A message to a person.

        Args:
            channel:        where it went.
            ok:             whether it was accepted.
            kind:           its subject, in one word.
            latency_ms:     time it took, ms.
            status:         HTTP status.
            error_type:     class of the exception, or message if there was none.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def indicator(
        self,
        *,
        symbol: str,
        timeframe: str,
        rsi: Number | None = None,
        volatility: Number | None = None,
        ema_fast: Number | None = None,
        ema_slow: Number | None = None,
        atr: Number | None = None,
        macd: Number | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """Indicators of one market at one moment; any further number may be given.

        Args:
            symbol:         market in ccxt's unified form, such as BTC/USDT.
            timeframe:      length of a candle, such as 1h.
            rsi:            relative strength index, 0 to 100.
            volatility:     volatility, ratio.
            ema_fast:       fast moving average, quote currency.
            ema_slow:       slow moving average, quote currency.
            atr:            average true range, quote currency.
            macd:           MACD, quote currency.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def candle(
        self,
        *,
        symbol: str,
        timeframe: str,
        candle_ts: datetime | float,
        open: Number,
        high: Number,
        low: Number,
        close: Number,
        volume: Number | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """A closed candle.

        Args:
            symbol:         market in ccxt's unified form, such as BTC/USDT.
            timeframe:      length of a candle, such as 1h.
            candle_ts:      opening time, ms since 1970-01-01 UTC.
            open:           first price, quote currency.
            high:           highest price, quote currency.
            low:            lowest price, quote currency.
            close:          last price, quote currency.
            volume:         traded volume, base currency.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def rate_limit(
        self,
        status: Literal["limited", "allowed"],
        *,
        exchange: str,
        path: str | None = None,
        retry_after_s: Number | None = None,
        weight_used: int | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """An exchange's rate limit was asked about, or hit.

        Args:
            status:         limited: the request must wait.
            exchange:       ccxt's id of the exchange, such as binance.
            path:           template of the path.
            retry_after_s:  how long to wait, s.
            weight_used:    weight used in the current window.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def ws(
        self,
        state: Literal["connected", "disconnected", "reconnecting"],
        *,
        ws_connections: int,
        exchange: str | None = None,
        stream: str | None = None,
        code: int | None = None,
        reason: str | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """A WebSocket connection changed its state.

        Args:
            state:          what it is now.
            ws_connections: connections open after the change.
            exchange:       ccxt's id of the exchange, such as binance.
            stream:         what is streamed.
            code:           closing code of RFC 6455.
            reason:         why, in words.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def risk(
        self,
        rule: str,
        *,
        state: Literal["warning", "triggered", "cleared"],
        value: Number | None = None,
        limit_value: Number | None = None,
        action: str | None = None,
        symbol: str | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """A rule that protects the account warns, acts or is clear again.

        Args:
            rule:           name of the rule.
            state:          what it does.
            value:          what was measured, unit of the rule.
            limit_value:    what is allowed, unit of the rule.
            action:         what is done about it.
            symbol:         market in ccxt's unified form, such as BTC/USDT.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def lifecycle(
        self,
        phase: Literal["startup", "ready", "shutdown", "reload"],
        *,
        version: str | None = None,
        git_sha: str | None = None,
        mode: Literal["live", "paper", "testnet", "backtest"] | None = None,
        settings_hash: str | int | None = None,
        reason: str | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """The bot starts, is ready, reloads or ends. `setup` and `shutdown` write start and end.

        Args:
            phase:          what it does.
            version:        version of the bot.
            git_sha:        commit of the bot's code.
            mode:           what it trades with.
            settings_hash:  changes when a setting of the logging changes.
            reason:         why, in words.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError

    def ai_call(
        self,
        provider: str,
        *,
        model: str,
        ok: bool,
        latency_ms: Number,
        tokens_in: int | None = None,
        tokens_out: int | None = None,
        cost_usd: Number | None = None,
        symbol: str | None = None,
        error_type: str | None = None,
        correlation_id: str | int | None = None,
        strategy: str | None = None,
        exchange: str | None = None,
        message: str | None = None,
        **extra: Any,
    ) -> None:
        """One request to a model.

        Args:
            provider:       who runs the model.
            model:          name of the model.
            ok:             whether it answered.
            latency_ms:     time it took, ms.
            tokens_in:      tokens sent.
            tokens_out:     tokens received.
            cost_usd:       price of the call, USD.
            symbol:         market in ccxt's unified form, such as BTC/USDT.
            error_type:     class of the exception, or message if there was none.
            correlation_id: ties a signal to what follows from it; at most 32 characters.
            strategy:       name of the strategy that decided.
            exchange:       ccxt's id of the exchange, such as binance.
            message: Text of the line instead of the usual one.
            extra: Further fields.
        """
        raise NotImplementedError
