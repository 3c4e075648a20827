package accesslog

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/lictor-dev/lictor/edge/lines"
)

// form writes lines: the same members in one of two forms. It belongs to one goroutine.
type form struct {
	text  bool
	clock lines.Clock
	dst   []byte // the line under way
}

// append appends the line of a record with the newline that ends it.
func (l *form) append(dst []byte, r *record) []byte {
	l.dst = dst
	l.begin(r.start)
	l.string("route", r.route)
	l.string("method", r.method)
	l.number("status", int64(r.status))
	l.number("took_ns", int64(r.took))
	l.visible("request_id", r.requestIDText())
	l.string("caller", r.caller)
	if decisions := r.allowed + r.denied; decisions > 0 {
		l.number("allowed", int64(r.allowed))
		l.number("denied", int64(r.denied))
		if decisions == 1 {
			l.string("code", r.code.String())
		}
	}
	l.visible("revision", r.revisionText())
	l.number("received", int64(r.received))
	l.number("sent", int64(r.sent))
	if !l.text {
		l.dst = append(l.dst, '}')
	}
	return append(l.dst, '\n')
}

func (l *form) begin(start time.Time) {
	if l.text {
		l.dst = append(l.dst, "time="...)
		l.time(start)
		l.dst = append(l.dst, " level=INFO msg=request"...)
		return
	}
	l.dst = append(l.dst, `{"time":"`...)
	l.time(start)
	l.dst = append(l.dst, `","level":"INFO","msg":"request"`...)
}

// time writes a time with as many digits as the form has: milliseconds, or what there is down to nanoseconds.
func (l *form) time(at time.Time) {
	digits := -1
	if l.text {
		digits = 3
	}
	l.dst = l.clock.Append(l.dst, at, digits)
}

func (l *form) key(key string) {
	if l.text {
		l.dst = append(append(append(l.dst, ' '), key...), '=')
		return
	}
	l.dst = append(append(append(l.dst, `,"`...), key...), `":`...)
}

func (l *form) number(key string, n int64) {
	l.key(key)
	l.dst = strconv.AppendInt(l.dst, n, 10)
}

func (l *form) string(key, value string) {
	if value == "" {
		return
	}
	l.key(key)
	switch {
	case !l.text:
		l.dst = lines.AppendText(l.dst, value)
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

// visible writes bytes of somebody else, with a question mark for each that is not visible ASCII; it puts them there
// in place.
func (l *form) visible(key string, value []byte) {
	lines.Visible(value)
	l.string(key, unsafe.String(unsafe.SliceData(value), len(value))) // it is only read, and not kept
}
