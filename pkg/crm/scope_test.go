package crm_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestEachClientIsInOnePart(t *testing.T) {
	t.Parallel()
	const clients = 10_000
	for _, parts := range []int{2, 3, 4, 7, 50} {
		sizes := make([]int, parts)
		for i := range clients {
			id, mailbox := crm.OpportunityID(i), fmt.Sprintf("client-%d@client.example", i)
			if i%10 == 0 {
				mailbox = ""
			}
			in := 0
			for part := range parts {
				s := crm.Shard{Index: part, Count: parts}
				if s.Has(id, mailbox) {
					in++
					sizes[part]++
				}
				if mailbox != "" && s.Has(id, mailbox) != s.Has(id+1, mailbox) {
					t.Fatalf("the id of client %d decides", i)
				}
			}
			if in != 1 {
				t.Fatalf("client %d is in %d of %d parts", i, in, parts)
			}
		}
		for _, size := range sizes {
			assert.InDelta(t, clients/parts, size, float64(clients)/float64(parts)/2)
		}
	}
}

// Hosts of another version may work on other parts of the same run.
func TestAPartIsTheSameOnEveryHost(t *testing.T) {
	t.Parallel()
	for mailbox, part := range map[string]int{"bob@client.example": 2, "BOB@Client.Example": 2, "ann@client.example": 1, "": 0} {
		assert.True(t, crm.Shard{Index: part, Count: 4}.Has(42, mailbox), mailbox)
	}
	assert.True(t, crm.Shard{}.Has(42, "zoe@client.example"))
	assert.True(t, crm.Shard{Count: 1}.Has(42, ""))
}
