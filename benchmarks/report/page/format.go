package page

import (
	"math"
	"strconv"
	"strings"
)

// unit is a name for a power of a base.
type unit struct {
	size float64
	name string
}

var (
	times = []unit{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}}
	sizes = []unit{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "B"}}
)

// seconds writes a time with three digits that count, such as "1.23 µs".
func seconds(v float64) string { return scaled(v, times) }

// size writes bytes, such as "1.23 MiB".
func size(v float64) string {
	if v < 1<<10 {
		return count(v) + " B"
	}
	return scaled(v, sizes)
}

func scaled(v float64, units []unit) string {
	least := units[len(units)-1]
	if v == 0 {
		return "0 " + least.name
	}
	for _, u := range units {
		if v >= u.size*0.9995 {
			return digits(v/u.size) + " " + u.name
		}
	}
	return digits(v/least.size) + " " + least.name
}

// digits writes a number with three digits that count, and thousands apart.
func digits(v float64) string {
	if v == 0 {
		return "0"
	}
	decimals := max(0, 2-int(math.Floor(math.Log10(math.Abs(v))+1e-9)))
	return grouped(strconv.FormatFloat(v, 'f', decimals, 64))
}

// count writes a whole number, thousands apart.
func count(v float64) string { return grouped(strconv.FormatFloat(v, 'f', 0, 64)) }

func grouped(text string) string {
	whole, fraction, point := strings.Cut(text, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if point {
		return whole + "." + fraction
	}
	return whole
}

// factor writes a ratio, such as "12.3 ×".
func factor(v float64) string { return digits(v) + " ×" }

// more writes a difference of times with its sign, such as "+1.23 µs".
func more(v float64) string {
	if v < 0 {
		return "-" + seconds(-v)
	}
	return "+" + seconds(v)
}

// tick writes a time at an axis: no zeros behind the point.
func tick(v float64) string { return trimmed(seconds(v)) }

// trimmed drops the zeros at the end of a fraction that stands before a unit.
func trimmed(text string) string {
	number, name, _ := strings.Cut(text, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
	}
	return number + " " + name
}
