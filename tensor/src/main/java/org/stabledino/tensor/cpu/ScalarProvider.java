package org.stabledino.tensor.cpu;

/** Plain Java loops: for JVMs without the Vector API, and to check the vector form against. */
final class ScalarProvider implements CpuProvider {
  private final ElementwiseLoops elementwise = new ScalarElementwise();
  private final RowLoops rows = new ScalarRowLoops();
  private final ChannelLoops channels = new ScalarChannelLoops();
  private final TileLoops tiles = new ScalarTileLoops();
  private final WinogradLoops winograd = new ScalarWinogradLoops();
  private final SampleLoops samples = new ScalarSampleLoops();
  private final MapLoops maps = new ScalarMapLoops();

  @Override
  public ElementwiseLoops elementwise() {
    return elementwise;
  }

  @Override
  public RowLoops rows() {
    return rows;
  }

  @Override
  public ChannelLoops channels() {
    return channels;
  }

  @Override
  public TileLoops tiles() {
    return tiles;
  }

  @Override
  public WinogradLoops winograd() {
    return winograd;
  }

  @Override
  public SampleLoops samples() {
    return samples;
  }

  @Override
  public MapLoops maps() {
    return maps;
  }
}
