package org.stabledino.tensor.cpu;

/** Vector API loops. Only classes named {@code Vector...} may touch the incubator module. */
final class VectorProvider implements CpuProvider {
  private final ElementwiseLoops elementwise = new VectorElementwise();
  private final RowLoops rows = new VectorRowLoops();
  private final ChannelLoops channels = new VectorChannelLoops();
  private final TileLoops tiles = new VectorTileLoops();
  private final WinogradLoops winograd = new VectorWinogradLoops();
  private final SampleLoops samples = new VectorSampleLoops();
  private final MapLoops maps = new VectorMapLoops();

  /** Called by name from {@link CpuProvider#vector}. */
  VectorProvider() {}

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
