package live

import (
	"context"
	"log/slog"
	"time"
)

// Kind is what happened.
type Kind string

// The kinds.
const (
	Loaded      Kind = "loaded"       // a generation took over
	Unchanged   Kind = "unchanged"    // the best bundle is the one that runs
	Refused     Kind = "refused"      // a bundle was kept out; what runs stays
	WatchFailed Kind = "watch failed" // the system reports no changes; the poll goes on
)

// Event is one thing that happened.
type Event struct {
	Kind       Kind
	Path       string
	Generation *Generation   // of Loaded
	Err        error         // of Refused and WatchFailed
	Took       time.Duration // of Loaded: from opening the file to taking over
}

// record writes the event to a log.
func (e Event) record(log *slog.Logger) {
	attributes := []slog.Attr{slog.String("path", e.Path)}
	level, message := slog.LevelInfo, "bundle "+string(e.Kind)
	switch e.Kind {
	case Loaded:
		attributes = append(attributes, slog.String("revision", e.Generation.Revision),
			slog.Uint64("epoch", e.Generation.Epoch), slog.Duration("took", e.Took))
	case Unchanged:
		level = slog.LevelDebug
	case Refused:
		level = slog.LevelWarn
		attributes = append(attributes, slog.String("reason", newRefusal(e.Path, e.Err).Reason))
	case WatchFailed:
		level, message = slog.LevelWarn, string(e.Kind)
		attributes = append(attributes, slog.String("reason", newRefusal(e.Path, e.Err).Reason))
	}
	log.LogAttrs(context.Background(), level, message, attributes...)
}
