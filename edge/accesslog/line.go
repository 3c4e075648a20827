package accesslog

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/edge/exchange"
)

// line writes one line: the same members in one of two forms.
type line struct {
	text bool
	dst  []byte
}

// appendLine appends the line of a record with the newline that ends it.
func appendLine(dst []byte, text bool, r *record) []byte {
	l := line{text: text, dst: dst}
	l.begin(r.start)
	l.string("route", r.route)
	l.string("method", r.method)
	l.number("status", int64(r.status))
	l.number("took_ns", int64(r.took))
	l.visible("request_id", r.requestID[:r.requestIDLen])
	l.string("caller", r.caller)
	if decisions := r.allowed + r.denied; decisions > 0 {
		l.number("allowed", int64(r.allowed))
		l.number("denied", int64(r.denied))
		if decisions == 1 {
			l.string("code", r.code.String())
		}
	}
	l.visible("revision", r.revision[:r.revisionLen])
	l.number("received", int64(r.received))
	l.number("sent", int64(r.sent))
	if !text {
		l.dst = append(l.dst, '}')
	}
	return append(l.dst, '\n')
}

func (l *line) begin(start time.Time) {
	if l.text {
		l.dst = start.UTC().AppendFormat(append(l.dst, "time="...), "2006-01-02T15:04:05.000Z07:00")
		l.dst = append(l.dst, " level=INFO msg=request"...)
		return
	}
	l.dst = start.UTC().AppendFormat(append(l.dst, `{"time":"`...), time.RFC3339Nano)
	l.dst = append(l.dst, `","level":"INFO","msg":"request"`...)
}

func (l *line) key(key string) {
	if l.text {
		l.dst = append(append(append(l.dst, ' '), key...), '=')
		return
	}
	l.dst = append(append(append(l.dst, `,"`...), key...), `":`...)
}

func (l *line) number(key string, n int64) {
	l.key(key)
	l.dst = strconv.AppendInt(l.dst, n, 10)
}

func (l *line) string(key, value string) {
	if value == "" {
		return
	}
	l.key(key)
	switch {
	case !l.text:
		l.dst = exchange.AppendQuoted(l.dst, value)
	case bare(value):
		l.dst = append(l.dst, value...)
	default:
		l.dst = strconv.AppendQuote(l.dst, value)
	}
}

// bare reports whether a value stands in a line of text without quotes.
func bare(value string) bool {
	for _, c := range value {
		if c < utf8.RuneSelf {
			if c <= ' ' || c == '"' || c == '=' || c == 0x7f {
				return false
			}
			continue
		}
		if c == utf8.RuneError || unicode.IsSpace(c) || !unicode.IsPrint(c) {
			return false
		}
	}
	return true
}

// visible writes bytes of somebody else, with a question mark for each that is not visible ASCII.
func (l *line) visible(key string, value []byte) {
	if len(value) == 0 {
		return
	}
	var kept [maxRevision]byte
	n := copy(kept[:], value)
	for i, c := range kept[:n] {
		if c <= ' ' || c >= 0x7f {
			kept[i] = '?'
		}
	}
	l.string(key, string(kept[:n]))
}
