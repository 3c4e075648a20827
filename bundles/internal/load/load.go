// Package load reads little-endian numbers and texts from the middle of bytes that are proven to hold them, in one step each
// where the processor can. What lies beyond the end of the bytes is never read: that panics, as an index does. No offset is
// negative.
package load
