package notation

import (
	"errors"
	"regexp"
)

// CheckLanguage accepts the code of a language as Odoo writes it. Whether Odoo has
// it is found out when it is used.
func CheckLanguage(code string) error {
	// Odoo names languages by ISO 639, with an optional country or region
	// (es_419) and an optional script (sr@latin).
	form := regexp.MustCompile(`^[a-z]{2,3}(_([A-Z]{2}|[0-9]{3}))?(@[A-Za-z]+)?$`)
	if !form.MatchString(code) {
		return errors.New("is not a language as Odoo writes it, as in fr or fr_CA")
	}
	return nil
}

// CheckScoreField accepts only custom fields, so that no field of Odoo itself is
// overwritten. Whether the field exists is found out when it is used.
func CheckScoreField(name string) error {
	if !regexp.MustCompile(`^x_[a-z0-9_]{1,60}$`).MatchString(name) {
		return errors.New("must be the technical name of a custom field, which begins with x_, as in x_feedback_score")
	}
	return nil
}
