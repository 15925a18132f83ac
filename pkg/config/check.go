package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// maxDay is the highest step of the reminders: ten years.
const maxDay = 3650

// on makes a check of any value from a check of one type. The kind of the key
// guarantees the type.
func on[T any](check func(T) error) func(any) error {
	return func(value any) error { return check(value.(T)) }
}

// within returns the check that a value is from low to high.
func within[T cmp.Ordered](low, high T) func(any) error {
	return on(func(value T) error {
		if value < low || value > high {
			return fmt.Errorf("must be between %s and %s", format(low), format(high))
		}
		return nil
	})
}

// checkURL accepts the address of a server with nothing after it.
func checkURL(text string) error {
	if !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		return errors.New("must begin with https://")
	}
	u, err := url.Parse(text)
	if err != nil {
		// The parser's message quotes the URL, which may hold a password.
		return errors.New("is not a valid URL")
	}
	switch {
	case u.User != nil:
		return errors.New("must not contain a user or password: they have their own settings")
	case u.Hostname() == "":
		return errors.New("has no host name")
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return fmt.Errorf("must end after the host: %s://%s", u.Scheme, u.Host)
	}
	return nil
}

// IsCleartext reports whether a URL goes unencrypted to another host.
func IsCleartext(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "http" && !isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// checkRate refuses a rate at which no mail could leave: each begins within 50 seconds
// after its opportunity was read, which takes a dozen calls.
func checkRate(rate float64) error {
	const lowest, highest = 0.5, 1000.0
	if rate != 0 && (rate < lowest || rate > highest) {
		return fmt.Errorf("must be 0, or between %s and %s calls a second", format(lowest), format(highest))
	}
	return nil
}

func checkHost(host string) error {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	if scheme, _, ok := strings.Cut(host, "://"); ok {
		return fmt.Errorf("must be a name or an address without %s://", scheme)
	}
	if _, _, err := net.SplitHostPort(host); err == nil {
		return errors.New("must not contain the port: set smtp.port")
	}
	if strings.ContainsAny(host, " :/@[]\"'<>,;") {
		return errors.New("is not a host name")
	}
	return nil
}

func checkBareMailbox(a address.Address) error {
	if a.Name != "" {
		return fmt.Errorf("must be an address without a name: %s", a.Mailbox)
	}
	return nil
}

func checkLanguage(code string) error {
	// Odoo names languages by ISO 639, with an optional country or region
	// (es_419) and an optional script (sr@latin).
	form := regexp.MustCompile(`^[a-z]{2,3}(_([A-Z]{2}|[0-9]{3}))?(@[A-Za-z]+)?$`)
	if !form.MatchString(code) {
		return errors.New("is not a language as Odoo writes it, as in fr or fr_CA")
	}
	return nil
}

func checkTimezone(name string) error {
	// "Local" would be another zone on every host.
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return errors.New("is not a time zone, as in Europe/Paris")
	}
	return nil
}

// checkKeep checks the form of archive.keep. Whether Odoo has these names is
// found out when they are used.
func checkKeep(rules []string) error {
	for _, rule := range rules {
		kind, name, named := strings.Cut(rule, ":")
		known := slices.Contains([]string{"won", "unanswered", "open-activity"}, rule) || named && (kind == "stage" || kind == "tag") && strings.TrimSpace(name) != ""
		if !known {
			return fmt.Errorf("must list won, unanswered, open-activity, stage:NAME or tag:NAME, not %q", rule)
		}
	}
	return nil
}

// checkScoreField accepts only custom fields, so that no field of Odoo itself is
// overwritten. Whether the field exists is found out when it is used.
func checkScoreField(name string) error {
	if !regexp.MustCompile(`^x_[a-z0-9_]{1,60}$`).MatchString(name) {
		return errors.New("must be the technical name of a custom field, which begins with x_, as in x_feedback_score")
	}
	return nil
}

// checkScoreTags checks that each tag has possible scores. Whether Odoo has the
// tags is found out when they are used.
func checkScoreTags(tags []ScoreTag) error {
	for _, b := range tags {
		if b.From < 0 || b.From >= b.Below || b.From > highestScore {
			return fmt.Errorf("has no scores for the tag %q: scores are from 0 to %d", b.Tag, highestScore)
		}
	}
	return nil
}

// checkDays checks days that are in ascending order.
func checkDays(days []int) error {
	if len(days) == 0 {
		return errors.New("needs at least one day; to send no reminders, set reminders.enabled to off")
	}
	for i, day := range days {
		if day < 0 || day > maxDay {
			return fmt.Errorf("must have days between 0 and %d, not %d", maxDay, day)
		}
		if i > 0 && slices.Contains(days[:i], day) {
			return fmt.Errorf("must have each day once; %d is there twice", day)
		}
	}
	return nil
}
