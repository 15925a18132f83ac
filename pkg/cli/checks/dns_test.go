package checks

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
)

// resolver answers everything with an error, and counts.
type resolver struct {
	err   error
	asked int
}

func (r *resolver) LookupMX(context.Context, string) ([]*net.MX, error) { r.asked++; return nil, r.err }

func (r *resolver) LookupNS(context.Context, string) ([]*net.NS, error) { r.asked++; return nil, r.err }

func (r *resolver) LookupHost(context.Context, string) ([]string, error) {
	r.asked++
	return nil, r.err
}

func (r *resolver) LookupTXT(context.Context, string) ([]string, error) {
	r.asked++
	return nil, r.err
}

// sending is a system that sends from example.com.
func sending(r console.Resolver) *Subject {
	return &Subject{
		Host:   &job.Host{Console: console.New(console.Env{Resolver: r})},
		Config: config.Config{Mail: config.Mail{From: address.Address{Mailbox: "sales@example.com"}}},
	}
}

func TestNothingIsSaidAboutDomainsWhereNoNameServerKnowsTheInternet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		asked int
	}{
		"none answers":            {&net.DNSError{Err: "i/o timeout", IsTimeout: true}, 1},
		"it has no internet":      {&net.DNSError{Err: "no such host", IsNotFound: true}, 2},
		"something else is wrong": {errors.New("no route"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &resolver{err: c.err}
			s := sending(r)
			for _, look := range []func(context.Context) (string, error){s.senderDomain, s.spf, s.dmarc} {
				_, err := look(t.Context())
				assert.Equal(t, noDNS, err)
			}
			assert.Equal(t, c.asked, r.asked, "it is asked no more")
		})
	}
}

func TestTheEndOfAContextIsNoSilenceOfTheDNS(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := sending(&resolver{err: ctx.Err()}).spf(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSPFAlignsByTheOrganizationOrExactly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, envelope string
		strict, want   bool
	}{
		{"example.com", "example.com", true, true},
		{"example.com", "bounce.example.com", false, true},
		{"example.com", "bounce.example.com", true, false},
		{"a.example.co.uk", "b.example.co.uk", false, true},
		{"example.co.uk", "other.co.uk", false, false},
	} {
		assert.Equal(t, c.want, aligned(c.from, c.envelope, c.strict), c)
	}
}
