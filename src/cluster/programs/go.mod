module slipway.invalid/cluster

go 1.26.0
