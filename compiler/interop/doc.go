// Package interop holds no code: its tests hold our bundles and signatures against OPA's own packages, in both
// directions, and policy.wasm against OPA's package for Node (folder node; "npm ci" there first). What runs in Node is left
// out under the race detector, which sees nothing of it.
package interop
