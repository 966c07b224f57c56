package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.UserException;

final class SampleMapperTest {
  @TempDir Path root;
  private DataSource data;

  @BeforeEach
  void open() throws IOException {
    data = TestImages.folder(root).open("train", BoxPolicy.REFUSE);
  }

  private Sample map(int image, Augmentation augmentation, double minVisible) {
    return new SampleMapper(data.dataset(), ImageSource.decoding(data), augmentation, minVisible)
        .map(image, new CounterRandom(1, 2, image));
  }

  @Test
  void carriesBoxesLabelsAndIdsWithoutCrowds() {
    Sample sample = map(0, new FixedSizeResize(60, 80), 0);
    assertThat(sample.imageId()).isEqualTo(1);
    assertThat(sample.image().width()).isEqualTo(80);
    assertThat(sample.image().height()).isEqualTo(60);
    assertThat(sample.boxesXyxy()).containsExactly(8, 12, 29, 36);
    assertThat(sample.labels()).as("pen has the smaller id").containsExactly(0);
    assertThat(sample.annotationIds()).containsExactly(11);
    assertThat(sample.originalWidth()).isEqualTo(40);
    assertThat(map(2, new FixedSizeResize(10, 10), 0).size()).isZero();
  }

  @Test
  void flippingTwiceIsNothing() {
    RgbImage image = TestImages.noise(13, 7, 4);
    TransformChain twice =
        TransformChain.of(13, 7)
            .flipHorizontally()
            .flipVertically()
            .flipHorizontally()
            .flipVertically()
            .build();
    assertThat(twice.apply(image).rgb()).isEqualTo(image.rgb());
    assertThat(BoxTransformer.transform(1, 2, 3.5, 4, false, twice)).containsExactly(1, 2, 4.5, 6);
  }

  @Test
  void pixelsAndBoxesMoveTogether() {
    byte[] rgb = new byte[3 * 20 * 10];
    rgb[3 * (7 * 20 + 3)] = 99;
    TransformChain chain =
        TransformChain.of(20, 10).flipHorizontally().flipVertically().crop(5, 1, 14, 8).build();
    RgbImage out = chain.apply(new RgbImage(20, 10, rgb));
    double[] box = BoxTransformer.transform(3, 7, 1, 1, true, chain);
    assertThat(box).containsExactly(11, 1, 12, 2);
    assertThat(out.rgb()[3 * (14 + 11)]).isEqualTo((byte) 99);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void boxesStayInsideWhateverTheDraws(long seed) {
    var augmentation = new FixedSizeAugmentation(24, 32, true, true, 0.7, 0.3, 1.0);
    var mapper = new SampleMapper(data.dataset(), ImageSource.cached(data, 1 << 20), augmentation);
    for (int epoch = 0; epoch < 40; epoch++) {
      Sample sample = mapper.map(1, new CounterRandom(seed, epoch, 1));
      assertThat(sample.image().rgb()).hasSize(3 * 24 * 32);
      float[] b = sample.boxesXyxy();
      if (sample.size() == 1) {
        assertThat(b[0]).isBetween(0f, b[2]);
        assertThat(b[1]).isBetween(0f, b[3]);
        assertThat(b[2]).isLessThanOrEqualTo(32);
        assertThat(b[3]).isLessThanOrEqualTo(24);
      }
    }
  }

  @Test
  void mostlyHiddenBoxesAreDroppedOnlyWhereAsked() {
    Augmentation corner = (w, h, _) -> TransformChain.of(w, h).crop(0, 0, 31, 30).build();
    assertThat(map(1, corner, 0).boxesXyxy()).containsExactly(30, 0, 31, 4.5f);
    assertThat(map(1, corner, 0.09).size()).isEqualTo(1);
    assertThat(map(1, corner, 0.11).size()).isZero();
    Augmentation away = (w, h, _) -> TransformChain.of(w, h).crop(0, 0, 30, 30).build();
    assertThat(map(1, away, 0).size()).isZero();
  }

  @Test
  void extremeShapesKeepOnePixel() {
    TransformChain chain = new EvaluationResize(8, 10).decide(1, 3000, null);
    assertThat(chain.outWidth()).isEqualTo(1);
    assertThat(chain.outHeight()).isEqualTo(10);
  }

  @Test
  void nonsenseIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FixedSizeAugmentation(0, 5, true, true, 0, 1, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FixedSizeAugmentation(5, 5, true, true, 1.5, 1, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FixedSizeAugmentation(5, 5, true, true, 1, 0.5, 0.4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TransformChain.of(5, 5).crop(1, 0, 5, 5))
        .withMessageContaining("leaves the image");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TransformChain.of(5, 5).build().apply(TestImages.noise(4, 5, 0)));
  }

  @Test
  void aRunCanBeTakenUpAnywhereWithAnyNumberOfWorkers() {
    var order = EpochOrder.shuffled(data.dataset().trainableImages(), 3);
    var augmentation = new FixedSizeAugmentation(24, 32, true, true, 0.7, 0.5, 1.0);
    var mapper = new SampleMapper(data.dataset(), ImageSource.decoding(data), augmentation);
    var stream = new TrainingStream(order, mapper, 3);
    List<Sample> whole = take(stream, 0, 12, 1);
    List<Sample> rest = take(stream, 5, 12, 3);
    for (int i = 5; i < 12; i++) {
      assertThat(rest.get(i - 5)).usingRecursiveComparison().isEqualTo(whole.get(i));
    }
    assertThat(whole.stream().map(s -> java.util.Arrays.hashCode(s.image().rgb())).distinct())
        .as("every epoch augments in its own way")
        .hasSizeGreaterThan(8);
  }

  private static List<Sample> take(TrainingStream stream, long from, long to, int workers) {
    List<Sample> samples = new ArrayList<>();
    try (PrefetchLoader<Sample> loader =
        new PrefetchLoader<>(stream::sample, from, to, workers, 4)) {
      loader.forEachRemaining(samples::add);
    }
    return samples;
  }

  @Test
  void theCacheDecodesOnceIfAllFits() throws IOException {
    ImageSource cached = ImageSource.cached(data, 3 * (40 * 30 + 40 * 30 + 20 * 50));
    ImageSource tooSmall = ImageSource.cached(data, 3 * (40 * 30 + 40 * 30 + 20 * 50) - 1);
    RgbImage first = cached.load(0);
    assertThat(first.rgb()).isEqualTo(TestImages.noise(40, 30, 1).rgb());
    Files.delete(data.imageFile(0));
    assertThat(cached.load(0)).isSameAs(first);
    assertThatExceptionOfType(UserException.class)
        .isThrownBy(() -> tooSmall.load(0))
        .withMessageContaining("a.png: no such image file");
  }

  @Test
  void anotherSizeThanAnnotatedIsAnError() throws IOException {
    TestImages.writePng(TestImages.noise(30, 40, 0), data.imageFile(1));
    assertThatExceptionOfType(UserException.class)
        .isThrownBy(() -> ImageSource.decoding(data).load(1))
        .withMessageContaining("b.png: is 30 x 40 pixels, the annotations (image 2) say 40 x 30;");
  }
}
