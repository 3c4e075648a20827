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
