package gateway

import "time"

// TakeSearchesForSlow makes each search a slow one.
func (g *Gateway) TakeSearchesForSlow() { g.slow, g.slowDue = -time.Hour, -time.Hour }
