package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
)

// resolving is how long a name server may take. A host without DNS waits so long once.
const resolving = 2 * time.Second

// noDNS is why nothing is said about domains.
const noDNS = skip("no name server tells this host about the internet")

// everywhere is a domain that every name server has which knows the internet. In a closed
// network, one may say of all others that they do not exist.
const everywhere = "com"

// ask asks the DNS. What it does not have is empty. The error is [noDNS], or of the
// context.
func ask[T any](ctx context.Context, s *Subject, name string, lookup func(console.Resolver, context.Context, string) ([]T, error)) ([]T, error) {
	if s.silentDNS {
		return nil, noDNS
	}
	found, err := answer(ctx, s, name, lookup)
	if err == nil && len(found) == 0 && !s.silentDNS && !s.knownDNS {
		top, topErr := answer(ctx, s, everywhere, console.Resolver.LookupNS)
		s.knownDNS, s.silentDNS, err = len(top) > 0, len(top) == 0, topErr
	}
	if err == nil && s.silentDNS {
		err = noDNS
	}
	return found, err
}

// answer is what a name server says of a name. It notes if none says anything.
func answer[T any](ctx context.Context, s *Subject, name string, lookup func(console.Resolver, context.Context, string) ([]T, error)) ([]T, error) {
	var resolver console.Resolver = net.DefaultResolver
	if s.Host.Resolver != nil {
		resolver = s.Host.Resolver
	}
	limited, cancel := context.WithTimeout(ctx, resolving)
	defer cancel()
	found, err := lookup(resolver, limited, strings.TrimSuffix(name, ".")+".")
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if lacking, ok := errors.AsType[*net.DNSError](err); ok && lacking.IsNotFound {
		return nil, nil
	}
	s.silentDNS = err != nil && len(found) == 0
	return found, nil
}

// domainOf returns the domain of a mailbox.
func domainOf(mailbox string) string {
	return strings.ToLower(mailbox[strings.LastIndex(mailbox, "@")+1:])
}

// envelopeDomains are the domains that the mail server is told, for SPF.
func (s *Subject) envelopeDomains() []string { return domainsOf(s.senders()) }

// fromDomains are the domains that clients see, for DMARC.
func (s *Subject) fromDomains() []string {
	all := []string{s.Config.Mail.From.Mailbox}
	for _, r := range s.Config.Rules {
		all = append(all, r.From.Mailbox)
	}
	return domainsOf(all)
}

func domainsOf(mailboxes []string) []string {
	var all []string
	for _, m := range mailboxes {
		if domain := domainOf(m); domain != "" && !slices.Contains(all, domain) {
			all = append(all, domain)
		}
	}
	return all
}

// senderDomain tells whether mail servers find a sender's domain: many take no mail from
// one that takes none.
func (s *Subject) senderDomain(ctx context.Context) (string, error) {
	if s.throughOdoo() {
		return "", odooSends
	}
	domains := s.envelopeDomains()
	var lacking []string
	for _, domain := range domains {
		servers, err := ask(ctx, s, domain, console.Resolver.LookupMX)
		if err != nil {
			return "", err
		}
		if len(servers) > 0 {
			continue
		}
		hosts, err := ask(ctx, s, domain, console.Resolver.LookupHost)
		if err != nil {
			return "", err
		}
		if len(hosts) == 0 {
			lacking = append(lacking, domain)
		}
	}
	if lacking != nil {
		return "", caution{hinted(
			fmt.Sprintf("the DNS has no mail server for %s: delivery reports go nowhere, and many servers refuse mails from there", strings.Join(lacking, ", ")),
			"correct mail.envelope_from or mail.from, or publish an MX record",
		)}
	}
	return "mails to " + strings.Join(domains, ", ") + " have somewhere to go", nil
}

// spf looks at who may send for the domains of the envelope (RFC 7208). Which server
// sends to the internet in the end, this host cannot know.
func (s *Subject) spf(ctx context.Context) (string, error) {
	if s.throughOdoo() {
		return "", odooSends
	}
	const begins = "v=spf1"
	var found []string
	for _, domain := range s.envelopeDomains() {
		texts, err := ask(ctx, s, domain, console.Resolver.LookupTXT)
		if err != nil {
			return "", err
		}
		records := slices.DeleteFunc(texts, func(text string) bool {
			lower := strings.ToLower(text)
			return lower != begins && !strings.HasPrefix(lower, begins+" ")
		})
		if wrong := spfFault(domain, records); wrong != nil {
			return "", caution{wrong}
		}
		found = append(found, domain+" has "+records[0])
	}
	return strings.Join(found, ", ") + "; see that it permits the server that sends to the internet", nil
}

// spfFault says what is wrong with the SPF records of a domain.
func spfFault(domain string, records []string) error {
	switch len(records) {
	case 0:
		return hinted("no SPF record says who may send for "+domain+": mails may end among spam",
			`publish a TXT record of `+domain+` such as "v=spf1 include:PROVIDER ~all", with what your mail provider names`)
	case 1:
	default:
		return hinted(fmt.Sprintf("%s has %d SPF records, which counts as none", domain, len(records)), "join them in one TXT record")
	}
	terms := strings.Fields(strings.ToLower(records[0]))[1:]
	permits := slices.ContainsFunc(terms, func(term string) bool {
		return !strings.ContainsAny(term[:1], "-~?") && !strings.HasPrefix(term, "exp=")
	})
	switch {
	case slices.Contains(terms, "all"), slices.Contains(terms, "+all"):
		return hinted("the SPF record of "+domain+" lets everybody send for it: "+records[0], "end it with ~all or -all")
	case !permits:
		return hinted("the SPF record of "+domain+" lets nobody send for it: "+records[0], "name the servers that send to the internet in it, or set mail.envelope_from to another domain")
	}
	return nil
}

// dmarc looks at what the domains that clients see want of mails (RFC 7489).
func (s *Subject) dmarc(ctx context.Context) (string, error) {
	var found []string
	for _, domain := range s.fromDomains() {
		record, at, err := s.dmarcOf(ctx, domain)
		if err != nil {
			return "", err
		}
		if record == "" {
			return "", caution{hinted("no DMARC record, or more than one, is there for "+domain+": large providers want one, and anybody can write in its name",
				`publish the TXT record _dmarc.`+domain+`, at first "v=DMARC1; p=none"`)}
		}
		tags := dmarcTags(record)
		policy := tags["p"]
		if at != domain {
			policy = cmp.Or(tags["sp"], policy)
		}
		if !s.throughOdoo() && (policy == "quarantine" || policy == "reject") {
			for _, envelope := range s.envelopeDomains() {
				if !aligned(domain, envelope, tags["aspf"] == "s") {
					return "", caution{hinted(
						fmt.Sprintf("clients' servers judge mails from %s by its DMARC record (%s), and the envelope sender is of %s: only a DKIM signature of %s lets them pass", domain, record, envelope, domain),
						"set mail.envelope_from to an address of "+domain+"; or see that your mail server signs for "+domain+" with DKIM",
					)}
				}
			}
		}
		found = append(found, domain+" has "+record)
	}
	return strings.Join(found, ", "), nil
}

// dmarcOf returns the record for a domain, and at which domain it is: that one or the
// organization's. It is empty if there is none, or more than one.
func (s *Subject) dmarcOf(ctx context.Context, domain string) (record, at string, err error) {
	for _, at := range slices.Compact([]string{domain, organization(domain)}) {
		texts, err := ask(ctx, s, "_dmarc."+at, console.Resolver.LookupTXT)
		if err != nil {
			return "", "", err
		}
		switch records := slices.DeleteFunc(texts, func(text string) bool { return dmarcTags(text)["v"] != "dmarc1" }); len(records) {
		case 0:
		case 1:
			return records[0], at, nil
		default:
			return "", at, nil
		}
	}
	return "", "", nil
}

// dmarcTags are the tags of a record, in small letters.
func dmarcTags(record string) map[string]string {
	tags := map[string]string{}
	for tag := range strings.SplitSeq(strings.ToLower(record), ";") {
		name, value, _ := strings.Cut(tag, "=")
		tags[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return tags
}

// aligned tells whether SPF for the envelope's domain proves the one that clients see.
func aligned(from, envelope string, strict bool) bool {
	return from == envelope || !strict && organization(from) == organization(envelope)
}

// organization returns the part of a domain that somebody registered.
func organization(domain string) string {
	registered, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return cmp.Or(registered, domain)
}
