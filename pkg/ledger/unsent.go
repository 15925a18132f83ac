package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

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
		// With the claim's token and domain the note is also that of this host's
		// next run, if this one dies before the release.
		_, domain, _ := strings.Cut(strings.TrimSuffix(e.MessageID, ">"), "@")
		notes[i] = Note{
			ExternalID: crm.VerdictExternalID(e.ID), On: e.On, Body: body(e),
			MessageID: e.Key.Note(crm.KnownUnsent).MessageID(e.Token, domain),
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
