// Package interop holds no code: its tests hold our bundles and signatures against OPA's own packages, in both
// directions.
package interop
