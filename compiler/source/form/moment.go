package form

import (
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
)

const (
	momentPattern   = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`
	durationPattern = `^([0-9]+(\.[0-9]+)?(h|m|s|ms|us|ns))+$`
)

// Moment reads a time of RFC 3339 as seconds since 1970, rounded up: a second counts from the first
// whole second that is not before the time.
var Moment = Form[int64]{
	Schema{"type": "string", "format": "date-time", "pattern": momentPattern},
	func(r *Reader, n *yaml.Node, into *int64) {
		if written, ok := r.filled(n, "a time such as 2026-01-31T08:00:00Z"); ok {
			r.parseMoment(written, into)
		}
	},
}

func (r *Reader) parseMoment(written Text, into *int64) {
	var t time.Time
	if err := t.UnmarshalText([]byte(written.Value)); err != nil { // stricter than time.Parse
		d := written.Errorf(r.List, badTime, "%s is not a time of RFC 3339", diag.Quote(written.Value))
		d.Hint = "write it as 2026-01-31T08:00:00Z, with its time zone"
		return
	}
	*into = t.Unix()
	if t.Nanosecond() > 0 {
		*into++
	}
}

// Instant reads a time of RFC 3339 or whole seconds since 1970.
var Instant = Form[int64]{
	anyOf(Moment.Schema, Schema{"type": "integer"}),
	func(r *Reader, n *yaml.Node, into *int64) {
		if n.Kind != yaml.ScalarNode || classify(n) != number {
			Moment.Read(r, n, into)
			return
		}
		seconds, err := strconv.ParseInt(n.Value, 10, 54)
		if err != nil {
			r.Errorf(n, badTime, "%s is not a whole number of seconds since 1970", diag.Quote(n.Value))
			return
		}
		*into = seconds
	},
}

// Duration reads a positive length of time such as 1h30m, in whole seconds.
var Duration = Form[int64]{
	Schema{"type": "string", "pattern": durationPattern},
	func(r *Reader, n *yaml.Node, into *int64) {
		written, ok := r.filled(n, "a length of time such as 1h30m")
		if !ok {
			return
		}
		d, err := time.ParseDuration(written.Value)
		if err != nil || d < time.Second || d%time.Second != 0 {
			bad := written.Errorf(r.List, badDuration, "%s is not a length of time in whole seconds", diag.Quote(written.Value))
			bad.Hint = "write it as 90s, 15m or 1h30m"
			return
		}
		*into = int64(d / time.Second)
	},
}
