package crm

import (
	"math"
	"regexp"
	"strconv"
)

// ScoreSubject is the subject of the note with the answers that have a score, from 0
// to 100. It is cut to hundredths, not rounded, so that a score below a limit is below
// it there, too.
func ScoreSubject(score float64) string {
	const hundredths = 100
	return strconv.FormatFloat(math.Floor(score*hundredths)/hundredths, 'f', -1, 64) + "/100"
}

// scored is the end of such a subject. merge_opportunity of Odoo puts words before it.
var scored = regexp.MustCompile(`(?:^|[^0-9.])([0-9]{1,3}(?:\.[0-9]{1,2})?)/100$`)

// Score returns the score of the answers that an entry notes; ok is false if they have
// none.
func (e Entry) Score() (score float64, ok bool) {
	m := scored.FindStringSubmatch(e.Subject)
	if e.Key.Kind != Answer || m == nil {
		return 0, false
	}
	score, err := strconv.ParseFloat(m[1], 64)
	return score, err == nil
}
