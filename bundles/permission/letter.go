package permission

// HasNewCase reports whether a text holds a letter with a case that Unicode got after version 11. OPA's wasm does not know
// these and maps their case to themselves, so that engines would differ on the text. It allocates nothing.
func HasNewCase(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return hasNewCase(text[i:])
		}
	}
	return false
}

func hasNewCase(text string) bool {
	for _, letter := range text {
		switch {
		case letter < 0x2C2F:
		case letter == 0x2C2F, letter == 0x2C5F, // Glagolitic
			letter == 0xA7C0, letter == 0xA7C1, 0xA7C7 <= letter && letter <= 0xA7CA, // Latin
			letter == 0xA7D0, letter == 0xA7D1, 0xA7D6 <= letter && letter <= 0xA7D9,
			letter == 0xA7F5, letter == 0xA7F6,
			0x10570 <= letter && letter <= 0x105BC: // Vithkuqi
			return true
		}
	}
	return false
}

// isASCII reports whether every byte of a text is below 0x80. It looks at 8 of them at a time: the last 8 overlap those
// before.
func isASCII(text string) bool {
	n := len(text)
	if n < 8 {
		all := byte(0)
		for i := range n {
			all |= text[i]
		}
		return all < 0x80
	}
	all := eight(text[n-8:])
	for ; len(text) > 8; text = text[8:] {
		all |= eight(text)
	}
	return all&0x8080808080808080 == 0
}

// eight returns the first 8 bytes of a text.
func eight(text string) uint64 {
	_ = text[7]
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}
