package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// verdictID returns the external id of the note about a dead claim. The first
// run to write it decides whether the claim is uncertain or known to be unsent.
func verdictID(claim crm.Entry) string { return fmt.Sprintf("crm_tool.uncertain_%d", claim.ID) }

// NoteUnsent writes a note about each of the [Verdicts.KnownUnsent] claims, with
// the text that body returns, and returns the claims that the caller is to
// release. Without the note another host, which cannot know that the mail did
// not leave, could declare it uncertain, and a person have it sent again.
//
// If such a claim still exists after [ClaimTTL], the run that noted it died as
// well, and the claim counts as noted.
func (c *Courier) NoteUnsent(ctx context.Context, claims []crm.Entry, body func(crm.Entry) string) ([]crm.Entry, error) {
	if len(claims) == 0 {
		return nil, nil
	}
	notes := make([]Note, len(claims))
	for i, e := range claims {
		key := crm.Key{Kind: crm.KnownUnsent, Opportunity: e.Key.Opportunity, Step: e.Key.Step}
		// With the claim's token and domain the note is also that of this host's
		// next run, if this one dies before the release.
		_, domain, _ := strings.Cut(strings.TrimSuffix(e.MessageID, ">"), "@")
		notes[i] = Note{
			ExternalID: verdictID(e), On: e.On, MessageID: crm.FormatMessageID(key, e.Token, domain), Body: body(e),
		}
	}
	mine, err := c.Entries.Note(ctx, notes)
	if err != nil {
		return nil, fmt.Errorf("note mails that never left: %w", err)
	}
	var unsent []crm.Entry
	for i, e := range claims {
		if mine[i] {
			unsent = append(unsent, e)
		}
	}
	return unsent, nil
}
