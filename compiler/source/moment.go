package source

import (
	"math"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
)

const (
	momentPattern   = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$`
	durationPattern = `^([0-9]+(\.[0-9]+)?(h|m|s|ms|us|ns))+$`
)

// moment reads a time of RFC 3339 as seconds since 1970, rounded up: a second counts from the first
// whole second that is not before the time.
var moment = form[int64]{
	schema{"type": "string", "format": "date-time", "pattern": momentPattern},
	func(r *reader, n *yaml.Node, into *int64) {
		if written, ok := r.filled(n, "a time such as 2026-01-31T08:00:00Z"); ok {
			r.parseMoment(written, into)
		}
	},
}

func (r *reader) parseMoment(written Text, into *int64) {
	var t time.Time
	if err := t.UnmarshalText([]byte(written.Value)); err != nil { // stricter than time.Parse
		d := written.Errorf(r.list, badTime, "%s is not a time of RFC 3339", diag.Quote(written.Value))
		d.Hint = "write it as 2026-01-31T08:00:00Z, with its time zone"
		return
	}
	*into = t.Unix()
	if t.Nanosecond() > 0 {
		*into++
	}
}

// instant reads a time of RFC 3339 or whole seconds since 1970.
var instant = form[int64]{
	anyOf(moment.schema, schema{"type": "integer"}),
	func(r *reader, n *yaml.Node, into *int64) {
		if n.Kind != yaml.ScalarNode || classify(n) != number {
			moment.read(r, n, into)
			return
		}
		seconds, err := strconv.ParseInt(n.Value, 10, 54)
		if err != nil {
			r.errorf(n, badTime, "%s is not a whole number of seconds since 1970", diag.Quote(n.Value))
			return
		}
		*into = seconds
	},
}

// duration reads a positive length of time such as 1h30m, in whole seconds.
var duration = form[int64]{
	schema{"type": "string", "pattern": durationPattern},
	func(r *reader, n *yaml.Node, into *int64) {
		written, ok := r.filled(n, "a length of time such as 1h30m")
		if !ok {
			return
		}
		d, err := time.ParseDuration(written.Value)
		if err != nil || d < time.Second || d%time.Second != 0 {
			bad := written.Errorf(r.list, badDuration, "%s is not a length of time in whole seconds", diag.Quote(written.Value))
			bad.Hint = "write it as 90s, 15m or 1h30m"
			return
		}
		*into = int64(d / time.Second)
	},
}

// always sets a validity to what counts where nothing is written.
func always(v *Validity) { v.From, v.To = math.MinInt64, math.MaxInt64 }

// checkValidity reports a time span in which no moment lies.
func (r *reader) checkValidity(n *yaml.Node, v *Validity) {
	if v.From < v.To {
		return
	}
	at := child(n, "valid_to")
	if at == nil {
		at = n
	}
	r.errorf(at, emptyValidity, "valid_to is not after valid_from: this never counts")
}
