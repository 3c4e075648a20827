// Package interop holds no code: its tests hold our bundles and signatures against OPA's own packages, in both
// directions, and policy.wasm against OPA's package for Node (folder node; "npm ci" there first).
package interop
