package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/config/notation"
)

// check refuses values of the right kind that make no sense. The zero check refuses
// none.
type check struct {
	refuse func(value any) error
	// low and high are the bounds of a value in canonical form; empty for none.
	low, high string
}

// on makes a check of any value from a check of one type. The kind of the key
// guarantees the type.
func on[T any](refuse func(T) error) check {
	return check{refuse: func(value any) error { return refuse(value.(T)) }}
}

// within returns the check that a value is from low to high.
func within[T cmp.Ordered](low, high T) check {
	c := on(func(value T) error {
		if value < low || value > high {
			return fmt.Errorf("must be between %s and %s", notation.Format(low), notation.Format(high))
		}
		return nil
	})
	c.low, c.high = notation.Format(low), notation.Format(high)
	return c
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

func checkTimezone(name string) error {
	// "Local" would be another zone on every host.
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return errors.New("is not a time zone, as in Europe/Paris")
	}
	return nil
}
