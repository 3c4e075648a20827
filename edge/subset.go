package edge

import (
	"fmt"

	"github.com/lictor-dev/lictor/bundles"
)

// SubsetError says that a bundle holds only a part of a policy, such as that for a client: an edge that served it
// would deny what the whole allows.
type SubsetError struct{ For string }

func (e *SubsetError) Error() string {
	return fmt.Sprintf("the bundle holds only the part of a policy that is for a %.40q: an edge serves the whole", e.For)
}

// whole refuses a part.
func whole(b *bundles.Bundle) error {
	if s := b.Manifest.Subset; s != nil {
		return &SubsetError{For: s.For}
	}
	return nil
}
