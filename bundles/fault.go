package bundles

import (
	"fmt"

	"github.com/lictor-dev/lictor/bundles/sign"
)

// signedFaults compares the members with what a verified signature states.
func signedFaults(b *Bundle, statement *sign.Statement) []Fault {
	want := map[string]string{}
	for _, file := range statement.Files {
		want[file.Name] = file.Hash
	}
	got := map[string]string{}
	for _, m := range b.members {
		if m.Name != SignaturesName {
			got[m.Name] = m.Digest.String()
		}
	}
	return compare(b, "signature", want, got)
}

// announcedFaults compares the members with what the manifest announces.
func announcedFaults(b *Bundle) []Fault {
	describe := func(size int64, d Digest) string { return fmt.Sprintf("%s of %d bytes", d, size) }
	want := map[string]string{}
	for _, part := range b.Manifest.Parts {
		want[part.Name] = describe(part.Size, part.Digest)
	}
	got := map[string]string{}
	for _, m := range b.members {
		if m.Name != SignaturesName && m.Name != ManifestName {
			got[m.Name] = describe(m.Size, m.Digest)
		}
	}
	return compare(b, "manifest", want, got)
}

// compare lists the members that differ, those of the bundle first, then the missing ones, each by name.
func compare(b *Bundle, by string, want, got map[string]string) []Fault {
	var faults []Fault
	for _, m := range b.members {
		found, isPart := got[m.Name]
		if !isPart {
			continue
		}
		announced, named := want[m.Name]
		switch {
		case !named:
			faults = append(faults, Fault{Name: m.Name, Status: StatusExtra, By: by})
		case announced != found:
			faults = append(faults, Fault{m.Name, StatusDiffers, by, announced, found})
		}
	}
	for _, name := range sortedKeys(want) {
		if _, there := got[name]; !there {
			faults = append(faults, Fault{Name: name, Status: StatusMissing, By: by})
		}
	}
	return faults
}
