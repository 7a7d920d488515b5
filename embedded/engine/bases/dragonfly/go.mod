module slipway/dragonfly

go 1.26
