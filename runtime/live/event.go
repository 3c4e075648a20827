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
	Restored    Kind = "restored"     // a stored generation took over, since the path gives nothing
	Pinned      Kind = "pinned"       // a pinned generation took over, or what runs was pinned
	PinFailed   Kind = "pin failed"   // the pin is not obeyed; what runs stays, and nothing takes over
	Waiting     Kind = "waiting"      // the best bundle at the path would run if none was pinned
	StateFailed Kind = "state failed" // something could not be stored; what runs does not depend on it
	WatchFailed Kind = "watch failed" // the system reports no changes; the poll goes on
)

// Event is one thing that happened.
type Event struct {
	Kind       Kind
	Path       string
	Generation *Generation   // of Loaded, Restored, Pinned and Waiting
	Err        error         // of Refused and the kinds that end in "failed"
	Took       time.Duration // of Loaded, Restored and Pinned: from opening the file to taking over
}

// record writes the event to a log.
func (e Event) record(log *slog.Logger) {
	attributes := []slog.Attr{slog.String("path", e.Path)}
	level, message := slog.LevelInfo, "bundle "+string(e.Kind)
	if e.Generation != nil {
		attributes = append(attributes, slog.String("revision", e.Generation.Revision), slog.Uint64("epoch", e.Generation.Epoch))
	}
	switch e.Kind {
	case Loaded:
		attributes = append(attributes, slog.Duration("took", e.Took))
	case Restored:
		level, message = slog.LevelWarn, "the source is away: the last good bundle was restored"
		attributes = append(attributes, slog.Duration("took", e.Took))
	case Pinned:
		level = slog.LevelWarn
		attributes = append(attributes, slog.Duration("took", e.Took))
	case Unchanged:
		level = slog.LevelDebug
	case Refused:
		level = slog.LevelWarn
	case PinFailed, StateFailed, WatchFailed:
		level, message = slog.LevelWarn, string(e.Kind)
	case Waiting:
		message = "bundle waits, since another one is pinned"
	}
	if e.Err != nil {
		attributes = append(attributes, slog.String("reason", newRefusal(e.Path, e.Err).Reason))
	}
	log.LogAttrs(context.Background(), level, message, attributes...)
}
