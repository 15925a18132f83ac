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

// on makes a check of one type a check of any value. The kind of the key
// guarantees the type.
func on[T any](check func(T) error) func(any) error {
	return func(value any) error { return check(value.(T)) }
}

// within is the check that a value lies between two others.
func within[T cmp.Ordered](low, high T) func(any) error {
	return on(func(value T) error {
		if value < low || value > high {
			return fmt.Errorf("must lie between %s and %s", format(low), format(high))
		}
		return nil
	})
}

// checkURL refuses what does not name a server and nothing more.
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
		return errors.New("must hold no user and password: they have settings of their own")
	case u.Hostname() == "":
		return errors.New("names no host")
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

func checkHost(host string) error {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	if scheme, _, ok := strings.Cut(host, "://"); ok {
		return fmt.Errorf("must be a name or an address without %s://", scheme)
	}
	if _, _, err := net.SplitHostPort(host); err == nil {
		return errors.New("must not hold the port: that is smtp.port")
	}
	if strings.ContainsAny(host, " :/@[]\"'<>,;") {
		return errors.New("is not the name of a host")
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
	// As Odoo names languages: ISO 639, perhaps a country or a region
	// (es_419), perhaps a script (sr@latin).
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

// checkKeep expects the rules of archive.keep; whether Odoo has the names in
// them is found out when they are used.
func checkKeep(rules []string) error {
	for _, rule := range rules {
		kind, name, named := strings.Cut(rule, ":")
		known := rule == "won" || rule == "open-activity" || named && (kind == "stage" || kind == "tag") && strings.TrimSpace(name) != ""
		if !known {
			return fmt.Errorf("must hold won, open-activity, stage:NAME or tag:NAME, not %q", rule)
		}
	}
	return nil
}

// checkScoreField expects a field that somebody has added to Odoo, so that none
// of Odoo's own is overwritten; whether there is one is found out when it is used.
func checkScoreField(name string) error {
	if !regexp.MustCompile(`^x_[a-z0-9_]{1,60}$`).MatchString(name) {
		return errors.New("must be the technical name of a custom field, which begins with x_, as in x_feedback_score")
	}
	return nil
}

// checkScoreTags expects bounds that some score can lie between; whether Odoo has
// the tags is found out when they are used.
func checkScoreTags(bands []ScoreTag) error {
	for _, b := range bands {
		if b.From < 0 || b.From >= b.Below || b.From > highestScore {
			return fmt.Errorf("holds no score for the tag %q: scores lie between 0 and %d", b.Tag, highestScore)
		}
	}
	return nil
}

// checkDays expects the days in ascending order.
func checkDays(days []int) error {
	if len(days) == 0 {
		return errors.New("needs at least one day; to send no reminders, set reminders.enabled to off")
	}
	for i, day := range days {
		if day < 0 || day > maxDay {
			return fmt.Errorf("must hold days between 0 and %d, not %d", maxDay, day)
		}
		if i > 0 && slices.Contains(days[:i], day) {
			return fmt.Errorf("must hold each day once, and %d stands there twice", day)
		}
	}
	return nil
}
